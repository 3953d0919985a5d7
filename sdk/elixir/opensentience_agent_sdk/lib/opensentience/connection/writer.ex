defmodule OpenSentience.Connection.Writer do
  @moduledoc false
  # Writes frames in the order they come. A process apart, since a write can block for as long as the
  # Core does not read, and whoever reads from the Core must go on reading: two sides that both wait
  # for the other to read wait for ever.

  use GenServer

  @spec start_link(term) :: GenServer.on_start()
  def start_link(_options), do: GenServer.start_link(__MODULE__, nil)

  @doc """
  Queues a frame. When it is written, `waiting` (a GenServer caller, or nil) gets `:ok` and the
  process that asked `{:written, bytes}`; when not, they get `{:error, :gone}` and
  `{:write_failed, socket}`.
  """
  @spec write(pid, :gen_tcp.socket(), binary, GenServer.from() | nil) :: :ok
  def write(writer, socket, frame, waiting \\ nil) do
    GenServer.cast(writer, {:write, socket, frame, waiting, self()})
  end

  @doc "Waits until all that was queued is written or has failed, at most `timeout` milliseconds."
  @spec flush(pid, timeout) :: :ok | :timeout
  def flush(writer, timeout) do
    GenServer.call(writer, :flush, timeout)
  catch
    :exit, _reason -> :timeout
  end

  @impl true
  def init(nil), do: {:ok, nil}

  @impl true
  def handle_cast({:write, socket, frame, waiting, owner}, state) do
    case :gen_tcp.send(socket, frame) do
      :ok ->
        if waiting, do: GenServer.reply(waiting, :ok)
        send(owner, {:written, byte_size(frame)})

      {:error, _reason} ->
        if waiting, do: GenServer.reply(waiting, {:error, :gone})
        send(owner, {:write_failed, socket, byte_size(frame)})
    end

    {:noreply, state}
  end

  @impl true
  def handle_call(:flush, _from, state), do: {:reply, :ok, state}
end
