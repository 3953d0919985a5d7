defmodule OpenSentience.Connection.Invocations do
  @moduledoc false
  # Calls that our tools make to other agents' tools, through the Core. Only when both sides list the
  # capability `invoke`.

  alias OpenSentience.{Error, Protocol}
  alias OpenSentience.Connection.State

  # Per invocation: the call it is part of, and the process that waits.
  defmodule Invocation do
    @moduledoc false
    @enforce_keys [:owner, :waiting, :links]
    defstruct [:owner, :waiting, :links]
  end

  @spec start(State.t(), String.t(), String.t(), term, term, GenServer.from()) ::
          {:reply, term, State.t()}
  def start(state, owner, tool_id, input, timeout, {waiting, _tag}) do
    cond do
      not is_map_key(state.calls, owner) or state.calls[owner].phase != :running ->
        {:reply, {:error, Error.new("tool.canceled", "The calling call has ended.")}, state}

      "invoke" not in state.core_capabilities ->
        message = "This Core does not let agents call each other."
        {:reply, {:error, Error.new("tool.unavailable", message)}, state}

      true ->
        id = Protocol.uuid()
        payload = %{"call_id" => id, "tool_id" => tool_id, "input" => input}

        payload =
          if is_integer(timeout),
            do: Map.put(payload, "timeout_ms", max(timeout, 1)),
            else: payload

        call = state.calls[owner]
        invocation = %Invocation{owner: owner, waiting: waiting, links: call.links}
        state = put_in(state.invocations[id], invocation)

        {:reply, {:ok, id, self()},
         State.send_only(state, "agent.tool.call", payload, call.links)}
    end
  end

  @spec stream(State.t(), map) :: State.t()
  def stream(state, %{"call_id" => id, "channel" => channel, "data" => data}) when is_map(data) do
    with %{^id => invocation} <- state.invocations do
      tell(invocation, id, {:stream, channel, Map.get(data, "json", data["text"])})
    end

    state
  end

  def stream(state, _payload), do: state

  @spec result(State.t(), map) :: State.t()
  def result(state, %{"call_id" => id} = payload) do
    case Map.pop(state.invocations, id) do
      {nil, _} ->
        state

      {invocation, invocations} ->
        tell(invocation, id, {:result, read(payload)})
        %{state | invocations: invocations}
    end
  end

  def result(state, _payload), do: state

  defp read(%{"status" => "succeeded"} = payload), do: {:ok, payload["output"] || %{}}

  defp read(%{"status" => "canceled", "error" => nil}),
    do: {:error, Error.new("tool.canceled", "The call was canceled.")}

  defp read(%{"error" => error}), do: {:error, Error.from_wire(error)}
  defp read(%{"status" => "canceled"} = payload), do: read(Map.put(payload, "error", nil))
  defp read(_unknown), do: {:error, Error.from_wire(nil)}

  @doc "What the call `owner` waits for is not wanted any more. The Core answers all the same."
  @spec cancel_of(State.t(), String.t(), String.t() | nil) :: State.t()
  def cancel_of(state, owner, reason) do
    for {id, %{owner: ^owner} = invocation} <- state.invocations, reduce: state do
      state ->
        payload = if reason, do: %{"call_id" => id, "reason" => reason}, else: %{"call_id" => id}
        State.send_only(state, "agent.tool.cancel", payload, invocation.links)
    end
    |> forget_ended(owner)
  end

  # A canceled call still waits for the answer; one that ended does not.
  defp forget_ended(state, owner) when is_map_key(state.calls, owner), do: state

  defp forget_ended(state, owner) do
    kept =
      for {id, invocation} <- state.invocations, invocation.owner != owner, into: %{} do
        {id, invocation}
      end

    %{state | invocations: kept}
  end

  @doc "The connection is gone: nobody will answer."
  @spec fail_all(State.t()) :: State.t()
  def fail_all(state) do
    error = Error.new("agent.disconnected", "The connection to the Core is gone.")

    for {id, invocation} <- state.invocations,
        do: tell(invocation, id, {:result, {:error, error}})

    %{state | invocations: %{}}
  end

  defp tell(invocation, id, what),
    do: send(invocation.waiting, {:opensentience_invocation, id, what})
end
