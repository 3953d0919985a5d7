defmodule OpenSentience.Connection.Calls do
  @moduledoc false
  # The calls under way: started, streamed, canceled, timed out, ended. Each function takes the
  # connection's state and returns the next one.

  require Logger

  alias OpenSentience.{Context, Error, Protocol}
  alias OpenSentience.Connection.{Call, Invocations, State}
  alias OpenSentience.Tool.Runner

  @default_deadline_ms 1_000
  @longest_deadline_ms 60_000
  # What the envelope around an output takes at most.
  @envelope_bytes 16 * 1024

  ## Beginning

  @spec start(State.t(), Protocol.Message.t()) :: State.t()
  def start(state, %{payload: %{"call_id" => id}} = message) when is_binary(id) do
    if is_map_key(state.calls, id) do
      # An answer would end the call that has this id.
      Logger.warning("a call was sent again while it is under way; ignored")
      state
    else
      case admit(state, message.payload) do
        {:ok, spec} -> run(state, message, spec)
        {:error, error} -> refuse(state, message, error)
      end
    end
  end

  def start(state, _message) do
    Logger.warning("a call without call_id; ignored")
    state
  end

  defp admit(%{phase: phase}, _payload) when phase not in [:registering, :ready],
    do: {:error, Error.new("protocol.shutting_down", "The agent is stopping.")}

  defp admit(state, %{"tool_id" => tool_id, "input" => input})
       when is_binary(tool_id) and is_map(input) do
    case state.tools do
      %{^tool_id => spec} ->
        if map_size(state.calls) < state.options.max_concurrency do
          {:ok, spec}
        else
          message = "The agent runs #{map_size(state.calls)} calls already, its limit."
          {:error, Error.new("tool.busy", message)}
        end

      _no_such_tool ->
        {:error, Error.new("tool.not_found", "The agent has no such tool.")}
    end
  end

  defp admit(_state, _payload),
    do: {:error, Error.new("protocol.bad_envelope", "A call has a tool_id and an input object.")}

  defp refuse(state, message, error) do
    id = message.payload["call_id"]
    payload = Call.bare_result(id, {:failed, error}, state.launch.agent_id)
    State.send_only(state, "agent.tool.result", payload, links(message))
  end

  # What every message about a call repeats, so that the Core can tell what belongs together.
  defp links(message) do
    %{
      in_reply_to: message.id,
      request_id: message.request_id,
      correlation_id: message.correlation_id,
      causation_id: message.causation_id
    }
  end

  defp run(state, message, spec) do
    now = System.monotonic_time(:millisecond)
    timeout_ms = timeout_ms(message.payload["timeout_ms"], spec.timeout)
    context = context(state, message, now + timeout_ms)
    arguments = [spec, message.payload["input"], context]
    task = Task.Supervisor.async_nolink(state.tasks, Runner, :run, arguments)

    call = %Call{
      id: context.call_id,
      spec: spec,
      task: task,
      context: context,
      links: links(message),
      started_at: Protocol.timestamp(),
      started: now,
      timer: after_ms(timeout_ms, {:call_timeout, context.call_id, task.ref})
    }

    state = put_in(state.calls[call.id], call)
    put_in(state.tasks_of_calls[task.ref], call.id)
  end

  defp timeout_ms(requested, most) when is_integer(requested),
    do: requested |> max(0) |> min(most)

  defp timeout_ms(_none, most), do: most

  defp context(state, %{payload: payload} = message, deadline) do
    %Context{
      connection: self(),
      call_id: payload["call_id"],
      tool_id: payload["tool_id"],
      agent_id: state.launch.agent_id,
      flag: :atomics.new(1, []),
      deadline: deadline,
      caller: caller(payload["caller"]),
      request_id: message.request_id,
      correlation_id: message.correlation_id,
      causation_id: message.causation_id,
      idempotency_key: payload["idempotency_key"],
      max_output_bytes: state.max_frame_bytes - @envelope_bytes,
      info: if(is_map(payload["context"]), do: payload["context"], else: %{}),
      codec: state.options.json
    }
  end

  defp caller(%{"type" => type, "id" => id}), do: %{type: type, id: id}
  defp caller(_none), do: nil

  ## What tools say meanwhile

  @spec stream(State.t(), String.t(), String.t(), term, non_neg_integer, GenServer.from()) ::
          State.t()
  def stream(state, id, channel, data, bytes, from) do
    with {:ok, call} <- Map.fetch(state.calls, id),
         {:ok, call} <- Call.next_stream(call, bytes) do
      payload = %{"call_id" => id, "seq" => call.seq, "channel" => channel, "data" => data}

      # Answered by the writer, when the frame is out.
      put_in(state.calls[id], call)
      |> State.send_only("agent.tool.stream", payload, call.links, from)
    else
      :error ->
        GenServer.reply(from, {:error, :gone})
        state

      {:error, reason} ->
        GenServer.reply(from, {:error, reason})
        state
    end
  end

  @spec metric(State.t(), String.t(), String.t(), number) :: State.t()
  def metric(state, id, key, number) do
    case state.calls do
      %{^id => call} -> put_in(state.calls[id], Call.put_metric(call, key, number))
      _ended -> state
    end
  end

  ## Stopping

  @doc "`core.tool.cancel`: acknowledged first, whatever becomes of it."
  @spec cancel(State.t(), Protocol.Message.t()) :: State.t()
  def cancel(state, %{payload: %{"call_id" => id} = payload} = message) when is_binary(id) do
    case state.calls do
      %{^id => %{phase: :running} = call} ->
        reason = if is_binary(payload["reason"]), do: payload["reason"]

        state
        |> acknowledge(message, call.links, true, nil)
        |> begin_cancel(call, reason, deadline_ms(payload["deadline_ms"]))

      %{^id => %{phase: {:canceling, _}} = call} ->
        acknowledge(state, message, call.links, true, "already being canceled")

      _ended_or_unknown ->
        acknowledge(state, message, %{}, false, "no such call is under way")
    end
  end

  def cancel(state, _message) do
    Logger.warning("a cancellation without call_id; ignored")
    state
  end

  defp acknowledge(state, message, links, accepted, note) do
    payload = %{"call_id" => message.payload["call_id"], "accepted" => accepted}
    payload = if note, do: Map.put(payload, "note", note), else: payload
    links = if links == %{}, do: links(message), else: links
    State.send_only(state, "agent.tool.cancel_ack", payload, %{links | in_reply_to: message.id})
  end

  defp deadline_ms(ms) when is_integer(ms), do: ms |> max(0) |> min(@longest_deadline_ms)
  defp deadline_ms(_none), do: @default_deadline_ms

  @doc "Asks every call to stop, giving each `deadline` milliseconds."
  @spec cancel_all(State.t(), String.t(), non_neg_integer) :: State.t()
  def cancel_all(state, reason, deadline) do
    for {_id, %{phase: :running} = call} <- state.calls, reduce: state do
      state -> begin_cancel(state, call, reason, deadline)
    end
  end

  defp begin_cancel(state, call, reason, deadline) do
    tell(state, call, reason)
    kill = after_ms(deadline, {:call_kill, call.id, call.task.ref})
    cancel_timer(call.timer)
    call = %{call | phase: {:canceling, reason}, timer: kill}
    Invocations.cancel_of(put_in(state.calls[call.id], call), call.id, reason)
  end

  defp tell(state, call, reason) do
    :atomics.put(call.context.flag, 1, 1)
    send(call.task.pid, {:opensentience_cancel, call.id, reason})

    with {:tool, module} <- call.spec.handler,
         true <- function_exported?(module, :handle_cancel, 2) do
      Task.Supervisor.start_child(state.tasks, module, :handle_cancel, [reason, call.context])
    end
  end

  @doc "The call is out of time: its caller hears so now, its process gets a moment to clean up."
  @spec timed_out(State.t(), String.t(), reference) :: State.t()
  def timed_out(state, id, ref) do
    case state.calls do
      %{^id => %{task: %{ref: ^ref}, phase: :running} = call} ->
        tell(state, call, "timeout")
        error = Error.new("tool.timeout", "The tool took longer than it was given.")
        kill = after_ms(@default_deadline_ms, {:call_kill, id, ref})
        call = %{call | phase: :answered, timer: kill}

        put_in(state.calls[id], call)
        |> Invocations.cancel_of(id, "timeout")
        |> State.send_only("agent.tool.result", Call.result(call, {:failed, error}), call.links)

      _ended ->
        state
    end
  end

  @doc "The patience with a canceled call is over. Its end is told by its process's."
  @spec kill(State.t(), String.t(), reference) :: State.t()
  def kill(state, id, ref) do
    with %{^id => %{task: %{ref: ^ref} = task}} <- state.calls, do: Process.exit(task.pid, :kill)
    state
  end

  @doc "Ends every call at once, without a word: for when nobody listens any more."
  @spec abandon_all(State.t()) :: State.t()
  def abandon_all(state) do
    for {_id, call} <- state.calls do
      if call.phase == :running, do: tell(state, call, "the connection is gone")
      cancel_timer(call.timer)
      Process.demonitor(call.task.ref, [:flush])
      Process.exit(call.task.pid, :kill)
    end

    %{state | calls: %{}, tasks_of_calls: %{}}
  end

  @doc "Tells the Core that every call is canceled, then ends them. For an agent that must stop now."
  @spec give_up_all(State.t(), String.t()) :: State.t()
  def give_up_all(state, note) do
    for {_id, %{phase: phase} = call} <- state.calls, phase != :answered, reduce: state do
      state ->
        State.send_only(
          state,
          "agent.tool.result",
          Call.result(call, {:canceled, note}),
          call.links
        )
    end
    |> abandon_all()
  end

  ## Ending

  @doc "The process of a call has answered or died. Returns nil when it is not one of a call."
  @spec ended(State.t(), reference, {:outcome, Runner.outcome()} | :died) :: State.t() | nil
  def ended(state, ref, how) do
    case Map.pop(state.tasks_of_calls, ref) do
      {nil, _} ->
        nil

      {id, tasks_of_calls} ->
        {call, calls} = Map.pop!(state.calls, id)
        cancel_timer(call.timer)
        Process.demonitor(ref, [:flush])

        %{state | calls: calls, tasks_of_calls: tasks_of_calls}
        |> Invocations.cancel_of(id, "the calling call ended")
        |> answer(call, Call.decide(call.phase, outcome(how)))
    end
  end

  defp outcome({:outcome, outcome}), do: outcome
  defp outcome(:died), do: {:failed, Error.new("tool.crashed", "The tool's process was ended.")}

  defp answer(state, _call, :nothing), do: state

  defp answer(state, call, outcome),
    do: State.send_only(state, "agent.tool.result", Call.result(call, outcome), call.links)

  @doc "How many calls wait for their result."
  @spec inflight(State.t()) :: non_neg_integer
  def inflight(state), do: Enum.count(state.calls, fn {_id, call} -> call.phase != :answered end)

  defp after_ms(ms, message), do: Process.send_after(self(), message, ms)

  defp cancel_timer(nil), do: :ok
  defp cancel_timer(timer), do: Process.cancel_timer(timer)
end
