defmodule OpenSentience.Connection do
  @moduledoc false
  # Owns the socket to the Core and everything under way on it. The only process that decides what is
  # sent and in which order; the bytes are written by OpenSentience.Connection.Writer.
  #
  # Ends the program (options.stop) when there is no Core to serve any more: with status 0 after
  # core.goodbye or a lost connection, with 1 when the Core never took the agent in or broke the
  # protocol.

  use GenServer

  require Logger

  alias OpenSentience.Agent.{Launch, Server}
  alias OpenSentience.Connection.{Calls, Invocations, Session, State, Writer}
  alias OpenSentience.Tool.Spec
  alias OpenSentience.{Error, Protocol}

  @health_ms 500
  @goodbye_ms 1_000
  @flush_ms 1_000
  # The Core takes a run back for 10 s.
  @reconnect_ms 9_000
  @retry_ms 250

  @type options :: %{
          agent: module,
          json: module,
          max_concurrency: pos_integer,
          reconnect: boolean,
          stop: (non_neg_integer -> term)
        }

  @spec start_link(%{
          launch: Launch.t(),
          token: (() -> String.t()),
          tools: [Spec.t()],
          options: options,
          writer: pid,
          tasks: pid,
          server: pid
        }) :: GenServer.on_start()
  def start_link(parts), do: GenServer.start_link(__MODULE__, parts)

  @impl true
  def init(parts) do
    # So that terminate/2 runs when the supervisor stops us.
    Process.flag(:trap_exit, true)
    {:ok, parts, {:continue, :connect}}
  end

  @impl true
  def handle_continue(:connect, parts) do
    state = %State{
      launch: parts.launch,
      token: parts.token,
      options: parts.options,
      writer: parts.writer,
      tasks: parts.tasks,
      server: parts.server,
      started: System.monotonic_time(:millisecond),
      tools: Map.new(parts.tools, &{"#{parts.launch.agent_id}/#{&1.name}", &1})
    }

    case Session.connect(state) do
      {:ok, state} -> {:noreply, State.read_on(state)}
      {:error, reason} -> {:noreply, stop(state, 1, reason)}
    end
  end

  ## What tools and the agent ask

  @impl true
  def handle_call({:stream, id, channel, data, bytes}, from, state),
    do: {:noreply, Calls.stream(state, id, channel, data, bytes, from)}

  def handle_call({:invoke, owner, tool_id, input, timeout}, from, state),
    do: Invocations.start(state, owner, tool_id, input, timeout, from)

  def handle_call({:register_tool, spec}, from, %{phase: :ready} = state),
    do: {:noreply, Session.register(state, spec, from)}

  def handle_call({:unregister_tool, name}, from, %{phase: :ready} = state),
    do: {:noreply, Session.unregister(state, name, from)}

  def handle_call({change, _tool}, _from, state)
      when change in [:register_tool, :unregister_tool],
      do: {:reply, {:error, Error.new("agent.disconnected", "Not connected.")}, state}

  def handle_call(:info, _from, state) do
    info = %{
      agent_id: state.launch.agent_id,
      version: state.launch.version,
      phase: state.phase,
      session_id: state.session_id,
      tools: state.tools |> Map.keys() |> Enum.sort(),
      inflight_calls: Calls.inflight(state)
    }

    {:reply, info, state}
  end

  ## The socket

  @impl true
  def handle_info({:tcp, socket, frame}, %{socket: socket} = state) do
    state =
      case Protocol.decode(frame, state.options.json) do
        {:ok, message} -> receive_message(message.type, message, state)
        {:error, code} -> stop(state, 1, "the Core sent what is no message (#{code})")
      end

    {:noreply, State.read_on(state)}
  end

  def handle_info({:tcp_closed, socket}, %{socket: socket} = state),
    do: {:noreply, lost(state, "the Core closed the connection")}

  def handle_info({:tcp_error, socket, :emsgsize}, %{socket: socket} = state),
    do: {:noreply, stop(state, 1, "the Core sent too large a frame (protocol.frame_too_large)")}

  def handle_info({:tcp_error, socket, reason}, %{socket: socket} = state),
    do: {:noreply, lost(state, "the connection failed: #{:inet.format_error(reason)}")}

  def handle_info({:written, bytes}, state), do: {:noreply, State.written(state, bytes)}

  def handle_info({:write_failed, socket, bytes}, %{socket: socket} = state),
    do: {:noreply, state |> State.written(bytes) |> lost("the Core does not read any more")}

  ## Processes and timers

  def handle_info({ref, outcome}, state) when is_reference(ref) do
    cond do
      next = Calls.ended(state, ref, {:outcome, outcome}) -> {:noreply, rest(next)}
      health?(state, ref) -> {:noreply, healthy(state, outcome)}
      true -> {:noreply, state}
    end
  end

  def handle_info({:DOWN, ref, :process, _pid, _reason}, state) do
    cond do
      next = Calls.ended(state, ref, :died) -> {:noreply, rest(next)}
      health?(state, ref) -> {:noreply, healthy(state, {"unhealthy", %{}})}
      true -> {:noreply, state}
    end
  end

  def handle_info({:call_timeout, id, ref}, state),
    do: {:noreply, Calls.timed_out(state, id, ref)}

  def handle_info({:call_kill, id, ref}, state), do: {:noreply, Calls.kill(state, id, ref)}

  def handle_info({:opensentience_metric, id, key, number}, state),
    do: {:noreply, Calls.metric(state, id, key, number)}

  def handle_info({:welcome_timeout, epoch}, %{phase: :hello, epoch: epoch} = state),
    do: {:noreply, stop(state, 1, "the Core did not answer the hello")}

  def handle_info({:heartbeat, epoch}, %{phase: :ready, epoch: epoch} = state) do
    Process.send_after(self(), {:heartbeat, epoch}, state.heartbeat_ms)
    {:noreply, check_health(state)}
  end

  def handle_info({:health_late, ref}, state) do
    if health?(state, ref) do
      Process.exit(state.health.pid, :kill)
      {:noreply, healthy(state, state.last_health)}
    else
      {:noreply, state}
    end
  end

  def handle_info({:reconnect, epoch}, %{phase: :connecting, epoch: epoch} = state),
    do: {:noreply, reconnect(state)}

  # The Core said goodbye and did not hang up.
  def handle_info({:goodbye_over, epoch}, %{phase: :stopping, epoch: epoch} = state),
    do: {:noreply, stop(state, 0, "the Core said goodbye")}

  # Timers of an earlier connection, and sockets that are closed already.
  def handle_info(_void, state), do: {:noreply, state}

  ## Messages of the Core

  defp receive_message("core.welcome", message, %{phase: :hello} = state) do
    case Session.welcome(state, message) do
      {:ok, state} -> state
      {:error, reason} -> stop(state, 1, reason)
    end
  end

  defp receive_message("core.goodbye", message, state), do: goodbye(message.payload, state)

  defp receive_message("core.ping", message, state) do
    payload = Map.take(message.payload, ["nonce"])
    State.send_only(state, "agent.pong", payload, in_reply_to: message.id)
  end

  defp receive_message(type, _message, %{phase: :hello} = state),
    do: stop(state, 1, "the Core sent #{inspect(type)} before its welcome")

  defp receive_message("core.welcome", _message, state), do: state

  defp receive_message("core.tools.registered", message, state) do
    case Session.registered(state, message) do
      {:ready, state} -> ready(state)
      {:ok, state} -> state
      {:refused, state, reason} -> stop(state, 1, reason)
    end
  end

  defp receive_message("core.tools.unregistered", message, state),
    do: Session.unregistered(state, message)

  defp receive_message("core.tool.call", message, state), do: Calls.start(state, message)
  defp receive_message("core.tool.cancel", message, state), do: Calls.cancel(state, message)

  defp receive_message("core.tool.stream", message, state),
    do: Invocations.stream(state, message.payload)

  defp receive_message("core.tool.result", message, state),
    do: Invocations.result(state, message.payload)

  # Version 1 has no other message, so nobody can be waiting for an answer to one.
  defp receive_message(_unknown, _message, state), do: state

  defp ready(state) do
    Logger.info("#{state.launch.agent_id} is ready with #{map_size(state.tools)} tools")
    Server.connected(state.server, %{session_id: state.session_id})
    send(self(), {:heartbeat, state.epoch})
    state
  end

  ## Health

  defp check_health(state) do
    cond do
      not function_exported?(state.options.agent, :health, 1) ->
        Session.heartbeat(state)

      state.health ->
        # The last check is still under way, within its time.
        state

      true ->
        task = Task.Supervisor.async_nolink(state.tasks, Server, :health, [state.server])
        Process.send_after(self(), {:health_late, task.ref}, @health_ms)
        %{state | health: task}
    end
  end

  defp health?(state, ref), do: match?(%{ref: ^ref}, state.health)

  defp healthy(state, result) do
    Process.demonitor(state.health.ref, [:flush])
    state = %{state | health: nil, last_health: result}
    if state.phase == :ready, do: Session.heartbeat(state), else: state
  end

  ## The end

  defp goodbye(payload, state) do
    Logger.info("the Core says goodbye: #{inspect(payload["reason"])}")
    Process.send_after(self(), {:goodbye_over, state.epoch}, 2 * @goodbye_ms)

    %{state | phase: :stopping}
    |> Calls.cancel_all("the Core says goodbye", @goodbye_ms)
    |> rest()
  end

  # A stopping connection stops when its last call has ended.
  defp rest(%{phase: :stopping, calls: calls} = state) when map_size(calls) == 0,
    do: stop(state, 0, "the Core said goodbye")

  defp rest(state), do: state

  defp lost(%{phase: :stopped} = state, _reason), do: state
  defp lost(%{phase: :stopping} = state, reason), do: stop(state, 0, reason)
  defp lost(%{phase: :hello} = state, reason), do: stop(state, 1, reason)

  defp lost(state, reason) do
    if state.options.reconnect and state.retry_until == nil do
      Logger.warning("#{reason}; connecting once more")
      until = System.monotonic_time(:millisecond) + @reconnect_ms
      reconnect(%{drop(state) | phase: :connecting, retry_until: until})
    else
      stop(state, 0, reason)
    end
  end

  defp reconnect(state) do
    case Session.connect(state) do
      {:ok, state} ->
        State.read_on(state)

      {:error, reason} ->
        if System.monotonic_time(:millisecond) < state.retry_until do
          Process.send_after(self(), {:reconnect, state.epoch}, @retry_ms)
          state
        else
          stop(state, 0, reason)
        end
    end
  end

  # The Core has failed the calls of a lost connection already.
  defp drop(state) do
    if state.socket, do: :gen_tcp.close(state.socket)
    gone = {:error, Error.new("agent.disconnected", "The connection was lost.")}
    for {_id, {_kind, _tool, from}} <- state.registrations, do: GenServer.reply(from, gone)

    %{state | registrations: %{}, socket: nil, reading: false}
    |> Invocations.fail_all()
    |> Calls.abandon_all()
  end

  defp stop(%{phase: :stopped} = state, _status, _reason), do: state

  defp stop(state, status, reason) do
    if status == 0,
      do: Logger.info("stopping: #{reason}"),
      else: Logger.error("stopping: #{reason}")

    if state.socket, do: Writer.flush(state.writer, @flush_ms)
    state = drop(state)
    Server.disconnected(state.server, reason)
    state.options.stop.(status)
    %{state | phase: :stopped}
  end

  # The supervisor stops us: SIGTERM, or System.stop.
  @impl true
  def terminate(_reason, %State{socket: socket} = state) when socket != nil do
    state = Calls.give_up_all(state, "the agent is stopping")
    Writer.flush(state.writer, @flush_ms)
    drop(state)
    Server.disconnected(state.server, "the agent is stopping")
  end

  def terminate(_reason, _state), do: :ok
end
