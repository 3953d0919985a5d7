defmodule OpenSentience.Testing.FakeCore do
  @moduledoc """
  A Core for tests: a real Unix socket, the real framing, and nothing behind it.

  It answers the handshake and registrations by itself and passes every message it receives to its
  owner as `{:fake_core, core, message}`, with `:connected` and `:closed` for the connection's
  beginning and end. `OpenSentience.Testing` has functions that wait for those.

  ## Options

  | option | meaning | default |
  | --- | --- | --- |
  | `owner` | who gets the messages | the starter |
  | `manifest` | the agent's manifest | `"opensentience.agent.json"` |
  | `welcome` | `:auto`, `:manual`, or the code of an error to refuse every hello with | `:auto` |
  | `reject` | tools to reject, by name, each with a code | `%{}` |
  | `refuse_registration` | the code of an error to refuse every registration with | `nil` |
  | `heartbeat_interval_ms`, `max_frame_bytes`, `capabilities` | for the welcome | 60 000, 4 MiB, `["invoke"]` |
  """

  use GenServer

  alias OpenSentience.{Manifest, Protocol}

  @defaults %{
    manifest: "opensentience.agent.json",
    welcome: :auto,
    reject: %{},
    refuse_registration: nil,
    heartbeat_interval_ms: 60_000,
    max_frame_bytes: 4 * 1024 * 1024,
    capabilities: ["invoke"]
  }

  @doc "Starts a Core that listens on a socket in a folder of its own."
  @spec start_link(keyword) :: GenServer.on_start()
  def start_link(options \\ []) do
    GenServer.start_link(__MODULE__, Enum.into(options, %{owner: self()}))
  end

  @doc "What the Core would put into the environment of the agent it launches."
  @spec env(GenServer.server()) :: %{String.t() => String.t()}
  def env(core), do: GenServer.call(core, :env)

  @doc "Sends a message. Links as of `OpenSentience.Protocol.encode/3`."
  @spec send_message(GenServer.server(), String.t(), map, keyword) :: :ok
  def send_message(core, type, payload, links \\ []),
    do: send_frame(core, Protocol.encode(type, payload, links))

  @doc "Sends bytes as one frame."
  @spec send_frame(GenServer.server(), iodata) :: :ok
  def send_frame(core, frame), do: send_raw(core, [<<IO.iodata_length(frame)::32>>, frame])

  @doc "Sends bytes as they are. Waits until the system has taken them."
  @spec send_raw(GenServer.server(), iodata) :: :ok
  def send_raw(core, bytes), do: GenServer.call(core, {:send, bytes}, :infinity)

  @doc "Stops or starts reading what the agent sends."
  @spec reading(GenServer.server(), :pause | :resume) :: :ok
  def reading(core, what) when what in [:pause, :resume], do: GenServer.call(core, what)

  @doc "Closes the connection, not the listener."
  @spec close(GenServer.server()) :: :ok
  def close(core), do: GenServer.call(core, :close)

  @doc "The process id of the program at the other end, as the system knows it. Linux only."
  @spec peer_pid(GenServer.server()) :: pos_integer
  def peer_pid(core), do: GenServer.call(core, :peer_pid)

  @impl true
  def init(options) do
    options = Map.merge(@defaults, options)
    Process.flag(:trap_exit, true)
    # Short: the path of a socket has room for 107 bytes.
    folder =
      Path.join(System.tmp_dir!(), "os-#{System.unique_integer([:positive])}-#{:os.getpid()}")

    File.mkdir!(folder)
    path = Path.join(folder, "core.sock")

    {:ok, listener} =
      :gen_tcp.listen(0, [:binary, ifaddr: {:local, path}, active: false, buffer: 1_048_576])

    core = self()
    acceptor = spawn_link(fn -> accept(listener, core) end)

    {:ok, manifest} = Manifest.read(options.manifest)
    token = Base.url_encode64(:crypto.strong_rand_bytes(32), padding: false)

    {:ok,
     Map.merge(options, %{
       folder: folder,
       path: path,
       listener: listener,
       acceptor: acceptor,
       agent_id: manifest.fields["id"],
       install_path: File.cwd!(),
       manifest_hash: manifest.hash,
       token: token,
       socket: nil,
       buffer: "",
       reading: true
     })}
  end

  # The loop ends with the listener.
  defp accept(listener, core) do
    with {:ok, socket} <- :gen_tcp.accept(listener),
         :ok <- :gen_tcp.controlling_process(socket, core) do
      send(core, {:accepted, socket})
      accept(listener, core)
    end
  end

  @impl true
  def handle_call(:env, _from, state) do
    env = %{
      "OPENSENTIENCE_SOCKET" => state.path,
      "OPENSENTIENCE_SESSION_TOKEN" => state.token,
      "OPENSENTIENCE_AGENT_ID" => state.agent_id,
      "OPENSENTIENCE_RUN_ID" => "run-1",
      "OPENSENTIENCE_MANIFEST_HASH" => state.manifest_hash,
      "OPENSENTIENCE_INSTALL_PATH" => state.install_path,
      "OPENSENTIENCE_PROTOCOL" => "1"
    }

    {:reply, env, state}
  end

  def handle_call({:send, bytes}, _from, state) do
    _ = if state.socket, do: :gen_tcp.send(state.socket, bytes)
    {:reply, :ok, state}
  end

  def handle_call(:peer_pid, _from, state) do
    # SO_PEERCRED of SOL_SOCKET: a struct of pid, uid and gid.
    {:ok, [{:raw, 1, 17, <<pid::32-native, _uid::32, _gid::32>>}]} =
      :inet.getopts(state.socket, [{:raw, 1, 17, 12}])

    {:reply, pid, state}
  end

  def handle_call(:pause, _from, state) do
    :ok = :inet.setopts(state.socket, active: false)
    {:reply, :ok, %{state | reading: false}}
  end

  def handle_call(:resume, _from, state) do
    :ok = :inet.setopts(state.socket, active: :once)
    {:reply, :ok, %{state | reading: true}}
  end

  def handle_call(:close, _from, state) do
    if state.socket, do: :gen_tcp.close(state.socket)
    {:reply, :ok, %{state | socket: nil, buffer: ""}}
  end

  @impl true
  def handle_info({:accepted, socket}, state) do
    tell(state, :connected)
    if state.reading, do: :ok = :inet.setopts(socket, active: :once)
    {:noreply, %{state | socket: socket, buffer: ""}}
  end

  def handle_info({:tcp, socket, bytes}, %{socket: socket} = state) do
    state = frames(%{state | buffer: state.buffer <> bytes})
    if state.reading and state.socket, do: :inet.setopts(socket, active: :once)
    {:noreply, state}
  end

  def handle_info({:tcp_closed, socket}, %{socket: socket} = state) do
    tell(state, :closed)
    {:noreply, %{state | socket: nil, buffer: ""}}
  end

  def handle_info(_other, state), do: {:noreply, state}

  @impl true
  def terminate(_reason, state), do: File.rm_rf(state.folder)

  defp frames(%{buffer: <<size::32, frame::binary-size(size), rest::binary>>} = state) do
    {:ok, message} = Protocol.decode(frame)
    tell(state, message)
    frames(answer(message.type, message, %{state | buffer: rest}))
  end

  defp frames(state), do: state

  defp tell(state, what), do: send(state.owner, {:fake_core, self(), what})

  defp answer("agent.hello", message, %{welcome: :auto} = state) do
    if message.payload["session_token"] == state.token do
      payload = %{
        accepted_version: 1,
        session_id: Protocol.uuid(),
        heartbeat_interval_ms: state.heartbeat_interval_ms,
        max_frame_bytes: state.max_frame_bytes,
        server: %{core_version: "0.0.0", instance_id: "fake"},
        capabilities: state.capabilities
      }

      reply(state, "core.welcome", payload, in_reply_to: message.id)
    else
      refuse(state, message, "protocol.unauthorized")
    end
  end

  defp answer("agent.hello", _message, %{welcome: :manual} = state), do: state
  defp answer("agent.hello", message, state), do: refuse(state, message, state.welcome)

  defp answer("agent.tools.register", message, %{refuse_registration: code} = state)
       when code != nil do
    error = %{code: code, message: "Refused by the test.", retryable: false}
    reply(state, "core.tools.registered", %{}, in_reply_to: message.id, error: error)
  end

  defp answer("agent.tools.register", message, state) do
    {rejected, registered} =
      Enum.split_with(message.payload["tools"], &is_map_key(state.reject, &1["name"]))

    payload = %{
      registered: Enum.map(registered, & &1["tool_id"]),
      rejected:
        for tool <- rejected do
          error = %{code: state.reject[tool["name"]], message: "Rejected by the test."}
          %{tool_id: tool["tool_id"], error: error}
        end
    }

    reply(state, "core.tools.registered", payload, in_reply_to: message.id)
  end

  defp answer("agent.tools.unregister", message, state) do
    payload = Map.take(message.payload, ["tool_ids"])
    reply(state, "core.tools.unregistered", payload, in_reply_to: message.id)
  end

  defp answer(_other, _message, state), do: state

  defp refuse(state, message, code) do
    error = %{code: code, message: "Refused by the test.", retryable: false}
    state = reply(state, "core.welcome", %{}, in_reply_to: message.id, error: error)
    :gen_tcp.close(state.socket)
    %{state | socket: nil, buffer: ""}
  end

  defp reply(state, type, payload, links) do
    frame = Protocol.encode(type, payload, links)
    :ok = :gen_tcp.send(state.socket, [<<byte_size(frame)::32>>, frame])
    state
  end
end
