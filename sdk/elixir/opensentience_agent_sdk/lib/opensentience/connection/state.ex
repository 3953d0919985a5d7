defmodule OpenSentience.Connection.State do
  @moduledoc false
  # What a connection knows. Phases:
  #   connecting -> hello (sent) -> registering -> ready -> stopping (goodbye) -> stopped

  alias OpenSentience.Connection.{Call, Writer}
  alias OpenSentience.Protocol

  @enforce_keys [:launch, :token, :options, :writer, :tasks, :server, :started]
  defstruct [
    :launch,
    # A function, so that no report of a crash prints the token.
    :token,
    :options,
    :writer,
    :tasks,
    :server,
    :started,
    :socket,
    :session_id,
    :heartbeat_ms,
    :health,
    :retry_until,
    phase: :connecting,
    # Grows with each connection; timers of an earlier one are void.
    epoch: 0,
    max_frame_bytes: 4 * 1024 * 1024,
    core_capabilities: [],
    tools: %{},
    registrations: %{},
    calls: %{},
    tasks_of_calls: %{},
    invocations: %{},
    last_health: {"ok", %{}},
    unwritten_bytes: 0,
    reading: false
  ]

  @type t :: %__MODULE__{
          phase: :connecting | :hello | :registering | :ready | :stopping | :stopped,
          calls: %{optional(String.t()) => Call.t()}
        }

  # Past this the agent reads no further calls until the Core has read some of the answers.
  @max_unwritten_bytes 8 * 1024 * 1024

  @doc "Sends a message; returns its id with the state."
  @spec send_message(t, String.t(), map, map | keyword, GenServer.from() | nil) :: {String.t(), t}
  def send_message(state, type, payload, links \\ [], waiting \\ nil) do
    id = Protocol.uuid()
    frame = Protocol.encode(type, payload, put_id(links, id))
    Writer.write(state.writer, state.socket, frame, waiting)
    {id, %{state | unwritten_bytes: state.unwritten_bytes + byte_size(frame)}}
  end

  @doc "Sends a message whose id nobody needs."
  @spec send_only(t, String.t(), map, map | keyword, GenServer.from() | nil) :: t
  def send_only(state, type, payload, links \\ [], waiting \\ nil) do
    {_id, state} = send_message(state, type, payload, links, waiting)
    state
  end

  defp put_id(links, id) when is_list(links), do: Keyword.put(links, :id, id)
  defp put_id(links, id) when is_map(links), do: Map.put(links, :id, id)

  @doc "Asks the socket for the next frame, unless too much waits to be written."
  @spec read_on(t) :: t
  def read_on(%{socket: nil} = state), do: state

  def read_on(%{unwritten_bytes: bytes} = state) when bytes > @max_unwritten_bytes,
    do: %{state | reading: false}

  def read_on(state) do
    # A closed socket says so by its own message.
    _ = :inet.setopts(state.socket, active: :once)
    %{state | reading: true}
  end

  @doc "Some of what was sent is written."
  @spec written(t, non_neg_integer) :: t
  def written(state, bytes) do
    state = %{state | unwritten_bytes: max(0, state.unwritten_bytes - bytes)}

    if not state.reading and state.unwritten_bytes <= div(@max_unwritten_bytes, 2) do
      read_on(state)
    else
      state
    end
  end
end
