defmodule OpenSentience.Agent do
  @moduledoc """
  An agent: the tools it offers, and the process tree that connects them to the Core.

      defmodule Hello.Agent do
        use OpenSentience.Agent, otp_app: :hello, tools: [Hello.Tools.Greet]
      end

      defmodule Hello.Application do
        use Application

        @impl true
        def start(_type, _arguments) do
          Supervisor.start_link([Hello.Agent], strategy: :one_for_one, name: Hello.Supervisor)
        end
      end

  The Core launches the program with a socket and a single-use token in its environment; the agent
  connects, registers its tools, and serves calls until the Core says goodbye or goes away. Then it
  ends the program. Without such an environment (in tests, in `iex`) the agent does not start, and
  nothing else is disturbed.

  ## Options of `use`

  | option | meaning | default |
  | --- | --- | --- |
  | `otp_app` | the application the agent is part of | required |
  | `tools` | modules of `OpenSentience.Tool`, or `{name, options}` for `c:handle_tool/3` | `[]` |
  | `manifest` | where the manifest is, from the install folder | `"opensentience.agent.json"` |
  | `max_concurrency` | calls at once; more are answered `tool.busy` | 16 |
  | `json` | an `OpenSentience.JSON.Codec` | `OpenSentience.JSON` |
  | `reconnect` | come back once when the connection is lost | `false` |
  | `required` | fail to start without a Core, instead of not starting | `false` |

  Each may be given to `start_link/1` too, and counts more there. Tools that are no modules run in
  the agent's `c:handle_tool/3`:

      use OpenSentience.Agent,
        otp_app: :hello,
        tools: [{"reverse", input: [text: [type: :string, required: true]]}]

      @impl true
      def handle_tool("reverse", %{"text" => text}, _context) do
        {:ok, %{"text" => String.reverse(text)}}
      end
  """

  alias OpenSentience.Agent.{Launch, Server}
  alias OpenSentience.{Connection, Context, Error, Shutdown, Tool}
  alias OpenSentience.Tool.Spec

  @type tool :: module | {String.t() | atom, keyword} | Spec.t()
  @type state :: term

  @typedoc "What `c:init/1` learns: who the agent is and where it is installed."
  @type info :: %{
          agent_id: String.t(),
          version: String.t(),
          run_id: String.t() | nil,
          install_path: Path.t() | nil
        }

  @doc "Called before the agent connects. `{:stop, reason}` keeps it from starting."
  @callback init(info) :: {:ok, state} | {:stop, reason :: term}

  @doc "Called when the tools are registered."
  @callback handle_connected(session :: %{session_id: String.t()}, state) :: {:ok, state}

  @doc "Called when the connection has ended."
  @callback handle_disconnected(reason :: String.t(), state) :: {:ok, state}

  @doc """
  How the agent is, asked for each heartbeat. Has 500 ms; after that the last answer is told again.
  """
  @callback health(state) :: {:ok | :degraded | :unhealthy, details :: map}

  @doc "The tools, when they are not known before the agent starts. Replaces the option."
  @callback tools() :: [tool]

  @doc "Runs the tools that were given as `{name, options}`. Returns what `c:OpenSentience.Tool.run/2` does."
  @callback handle_tool(name :: String.t(), Tool.input(), Context.t()) :: Tool.result()

  @optional_callbacks init: 1,
                      handle_connected: 2,
                      handle_disconnected: 2,
                      health: 1,
                      tools: 0,
                      handle_tool: 3

  @defaults [
    tools: [],
    manifest: "opensentience.agent.json",
    max_concurrency: 16,
    json: OpenSentience.JSON,
    reconnect: false,
    required: false
  ]
  # Seams for tests: a name, the launch environment as a map, what ends the program.
  @internal [:name, :env, :stop]

  @doc false
  defmacro __using__(options) do
    quote do
      @behaviour OpenSentience.Agent
      @opensentience_agent OpenSentience.Agent.check_options!(unquote(options))

      @doc false
      def __opensentience_agent__, do: @opensentience_agent

      @doc "Starts the agent; see `OpenSentience.Agent`."
      @spec start_link(keyword) :: Supervisor.on_start() | :ignore
      def start_link(options \\ []), do: OpenSentience.Agent.start_link(__MODULE__, options)

      @doc false
      def child_spec(options) do
        %{id: __MODULE__, start: {__MODULE__, :start_link, [options]}, type: :supervisor}
      end
    end
  end

  @doc false
  @spec check_options!(keyword) :: keyword
  def check_options!(options) do
    case Keyword.keys(options) -- [:otp_app | Keyword.keys(@defaults)] do
      [] -> :ok
      [unknown | _] -> raise ArgumentError, "unknown option #{inspect(unknown)} of an agent"
    end

    unless is_atom(options[:otp_app]) and options[:otp_app] != nil do
      raise ArgumentError, "an agent names its application: otp_app: :my_app"
    end

    Keyword.merge(@defaults, options)
  end

  @doc false
  @spec start_link(module, keyword) :: Supervisor.on_start() | :ignore
  def start_link(agent, options) do
    {internal, options} = Keyword.split(options, @internal)
    options = check_options!(Keyword.merge(agent.__opensentience_agent__(), options))

    case Launch.read(options[:manifest], internal[:env]) do
      {:ok, launch, token} -> start_tree(agent, launch, token, options, internal)
      :absent -> absent(options[:required])
      {:error, reason} -> {:error, reason}
    end
  end

  defp absent(true),
    do: {:error, "no Core launched this process: OPENSENTIENCE_SOCKET is not set"}

  defp absent(false), do: :ignore

  # Nothing here is worth restarting alone: a dead connection has lost its calls and its token.
  defp start_tree(agent, launch, token, options, internal) do
    name = internal[:name] || agent
    strategy = [strategy: :one_for_all, max_restarts: 0, name: name]

    with {:ok, supervisor} <- Supervisor.start_link([], strategy) do
      parts = %{
        launch: launch,
        token: token,
        tools: tools(agent),
        options: connection_options(agent, options, internal)
      }

      with {:error, reason} <- start_children(supervisor, agent, parts) do
        Supervisor.stop(supervisor)
        {:error, reason}
      end
    end
  end

  # In this order, so that the connection, the last, is stopped first, while the others still work.
  defp start_children(supervisor, agent, parts) do
    info = Map.take(parts.launch, [:agent_id, :version, :run_id, :install_path])

    with {:ok, tasks} <- start_child(supervisor, {Task.Supervisor, []}),
         {:ok, server} <- start_child(supervisor, {Server, {agent, info}}),
         {:ok, writer} <- start_child(supervisor, {Connection.Writer, []}),
         parts = Map.merge(parts, %{tasks: tasks, server: server, writer: writer}),
         {:ok, _connection} <- start_child(supervisor, {Connection, parts}) do
      {:ok, supervisor}
    end
  end

  # Reasons come with the specification of the child, which nobody needs to see.
  defp start_child(supervisor, child) do
    with {:error, {reason, specification}} when elem(specification, 0) == :child <-
           Supervisor.start_child(supervisor, child) do
      {:error, reason}
    end
  end

  defp connection_options(agent, options, internal) do
    %{
      agent: agent,
      json: options[:json],
      max_concurrency: options[:max_concurrency],
      reconnect: options[:reconnect],
      stop: internal[:stop] || (&Shutdown.stop/1)
    }
  end

  @doc """
  The tools of an agent module, with all that is known about them.

  Raises `ArgumentError` when two have one name.
  """
  @spec tools(module) :: [Spec.t()]
  def tools(agent) do
    Code.ensure_loaded!(agent)

    given =
      if function_exported?(agent, :tools, 0), do: agent.tools(), else: option(agent, :tools)

    specs = Enum.map(given, &spec(agent, &1))
    names = Enum.map(specs, & &1.name)

    case names -- Enum.uniq(names) do
      [] ->
        specs

      [twice | _] ->
        raise ArgumentError, "#{inspect(agent)} has two tools named #{inspect(twice)}"
    end
  end

  defp option(agent, key), do: Keyword.fetch!(agent.__opensentience_agent__(), key)

  defp spec(_agent, %Spec{} = spec), do: spec
  defp spec(agent, {name, options}), do: Spec.inline(agent, name, options)

  defp spec(_agent, module) when is_atom(module),
    do: module |> Code.ensure_loaded!() |> Tool.spec()

  @doc """
  Adds a tool to a running agent, given by its module's name or its process id, and waits for the
  Core's answer. Not from `c:init/1`, which runs before there is a connection.
  """
  @spec register_tool(Supervisor.supervisor(), module) :: :ok | {:error, Error.t()}
  def register_tool(agent, tool) when is_atom(tool) do
    ask(agent, {:register_tool, tool |> Code.ensure_loaded!() |> Tool.spec()})
  end

  @doc "Takes a tool, named, from a running agent. Calls of it that are under way go on."
  @spec unregister_tool(Supervisor.supervisor(), String.t()) :: :ok | {:error, Error.t()}
  def unregister_tool(agent, name) when is_binary(name), do: ask(agent, {:unregister_tool, name})

  @doc "What a running agent is doing, for a person who looks."
  @spec info(Supervisor.supervisor()) :: %{
          agent_id: String.t(),
          version: String.t(),
          phase: atom,
          session_id: String.t() | nil,
          tools: [String.t()],
          inflight_calls: non_neg_integer
        }
  def info(agent), do: ask(agent, :info)

  defp ask(agent, request) do
    {Connection, connection, _type, _modules} =
      agent |> Supervisor.which_children() |> List.keyfind!(Connection, 0)

    GenServer.call(connection, request, 30_000)
  end
end
