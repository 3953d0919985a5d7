defmodule OpenSentience.Fixture do
  @moduledoc false
  # The tools of the SDK's own tests. Those that wait tell the process registered as their test and
  # go on when it says so; nothing here waits for time to pass.

  defmodule Money do
    @moduledoc false
    defstruct [:cents]

    defimpl OpenSentience.JSON.Encoder do
      def to_json(money), do: %{cents: money.cents}
    end
  end

  defmodule Echo do
    @moduledoc "Returns its input."
    use OpenSentience.Tool

    @impl true
    def run(input, _context), do: {:ok, input}
  end

  defmodule Count do
    @moduledoc "Counts to n, with a status for each step."
    use OpenSentience.Tool,
      input: [n: [type: :integer, minimum: 1, maximum: 1000, required: true]],
      capabilities: [:streaming, :cancellation],
      tags: [:numbers]

    alias OpenSentience.Context

    @impl true
    def run(%{"n" => n}, context) do
      for i <- 1..n, do: :ok = Context.status(context, "step #{i}")
      Context.metric(context, :steps, n)
      {:ok, %{"count" => n}}
    end
  end

  defmodule Wait do
    @moduledoc "Waits to be told what to return."
    use OpenSentience.Tool, name: "wait", capabilities: [:cancellation]

    @impl true
    def run(input, context) do
      send(:fixture_test, {:waiting, self(), context})
      wait(input, context)
    end

    defp wait(input, context) do
      receive do
        {:return, result} ->
          result

        {:do, function} ->
          function.(context) && wait(input, context)

        {:opensentience_cancel, _id, reason} when input != %{"stubborn" => true} ->
          {:canceled, reason}
      end
    end

    @impl true
    def handle_cancel(reason, context) do
      send(:fixture_test, {:handle_cancel, reason, context.call_id})
    end
  end

  defmodule Result do
    @moduledoc "Ends in the way it is told to."
    use OpenSentience.Tool,
      name: "result",
      output_schema: %{"type" => "object", "maxProperties" => 9}

    @impl true
    def run(%{"as" => as}, _context), do: as(as)

    defp as("ok"), do: :ok
    defp as("not_a_map"), do: {:ok, [1, 2]}
    defp as("text"), do: {:error, "No such thing."}
    defp as("known_atom"), do: {:error, :unavailable}
    defp as("own_atom"), do: {:error, :out_of_paper}
    defp as("secret"), do: {:error, {:password, "hunter2"}}
    defp as("raise"), do: raise(ArgumentError, "the password is hunter2")
    defp as("throw"), do: throw("hunter2")
    defp as("exit"), do: exit({:shutdown, "hunter2"})
    defp as("killed"), do: Process.exit(self(), :kill)
    defp as("pid"), do: {:ok, %{"pid" => self()}}
    defp as("nonsense"), do: :hunter2
    defp as("canceled"), do: {:canceled, "changed my mind"}
    defp as("large"), do: {:ok, %{"text" => String.duplicate("x", 5_000_000)}}
    defp as("print"), do: {:ok, %{"printed" => IO.puts("hello") == :ok}}

    defp as("error") do
      details = %{limit: 3}
      {:error, OpenSentience.Error.new("quota", "Used up.", details: details, retryable: true)}
    end
  end

  defmodule Quick do
    @moduledoc "Has little time."
    use OpenSentience.Tool, name: "quick", timeout: 20

    @impl true
    def run(_input, _context) do
      receive do
        {:opensentience_cancel, _id, "timeout"} -> {:ok, %{"too" => "late"}}
      end
    end
  end

  defmodule Printer do
    @moduledoc "Prints."
    use OpenSentience.Tool, name: "printer", capture_io: true

    @impl true
    def run(%{"text" => text}, _context) do
      IO.puts(text)
      :io.format("~s~n", ["formatted"])
      :ok
    end
  end

  defmodule Invoker do
    @moduledoc "Calls another agent's tool."
    use OpenSentience.Tool,
      name: "invoker",
      permissions: ["tool:invoke:com.example.other/shout"]

    alias OpenSentience.Context

    @impl true
    def run(input, context) do
      report = fn {channel, data} -> Context.partial(context, %{channel => data}) end

      Context.invoke(context, "com.example.other/shout", input, timeout: 900, on_stream: report)
    end
  end

  defmodule Late do
    @moduledoc "Registered while the agent runs."
    use OpenSentience.Tool, name: "late"

    @impl true
    def run(_input, _context), do: :ok
  end

  defmodule Agent do
    @moduledoc false
    use OpenSentience.Agent,
      otp_app: :opensentience_agent_sdk,
      manifest: "test/fixtures/opensentience.agent.json",
      max_concurrency: 100,
      tools: [
        Echo,
        Count,
        Wait,
        Result,
        Quick,
        Printer,
        Invoker,
        {"reverse", input: [text: [type: :string, required: true]]}
      ]

    @names ~w(echo count wait result quick printer invoker reverse)
    def names, do: @names

    @impl true
    def handle_tool("reverse", %{"text" => text}, _context),
      do: {:ok, %{"text" => String.reverse(text)}}
  end

  defmodule VerboseAgent do
    @moduledoc false
    # Says more about its tools than fits a small frame.
    use OpenSentience.Agent,
      otp_app: :opensentience_agent_sdk,
      manifest: "test/fixtures/opensentience.agent.json",
      tools: for(i <- 1..20, do: {"a#{i}", description: String.duplicate("x", 4000)})

    @impl true
    def handle_tool(_name, _input, _context), do: :ok
  end

  defmodule CallbackAgent do
    @moduledoc false
    # Tells its test of each callback.
    use OpenSentience.Agent,
      otp_app: :opensentience_agent_sdk,
      manifest: "test/fixtures/opensentience.agent.json"

    @impl true
    def init(info) do
      send(:fixture_test, {:init, info})
      {:ok, 0}
    end

    @impl true
    def tools, do: [Echo]

    @impl true
    def handle_connected(session, state) do
      send(:fixture_test, {:handle_connected, session})
      {:ok, state + 1}
    end

    @impl true
    def handle_disconnected(reason, state) do
      send(:fixture_test, {:handle_disconnected, reason, state})
      {:ok, state}
    end

    @impl true
    def health(state) do
      send(:fixture_test, {:health, self(), state})

      receive do
        {:health_is, health} -> health
      end
    end
  end
end
