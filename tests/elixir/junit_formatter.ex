defmodule JUnitFormatter do
  @moduledoc false
  # Writes what ExUnit ran as a JUnit file, to the path in JUNIT_FILE. Fails the run when it cannot.

  use GenServer

  @impl true
  def init(_options), do: {:ok, []}

  @impl true
  def handle_cast({:test_finished, test}, cases), do: {:noreply, [test_case(test) | cases]}

  # A module whose setup_all failed has tests that never ran.
  def handle_cast({:module_finished, %{state: {:failed, failures}} = module}, cases) do
    text = ExUnit.Formatter.format_test_all_failure(module, failures, 1, 100, &plain/2)
    {:noreply, [element(module.name, "setup_all", 0, failure(text)) | cases]}
  end

  def handle_cast({:suite_finished, _times}, cases) do
    suite = ["<testsuite name=\"elixir\">\n", Enum.reverse(cases), "</testsuite>\n"]
    File.write!(System.fetch_env!("JUNIT_FILE"), suite)
    {:noreply, []}
  end

  def handle_cast(_other, cases), do: {:noreply, cases}

  defp test_case(test), do: element(test.module, test.name, test.time, outcome(test))

  defp outcome(%{state: nil}), do: []

  defp outcome(%{state: {:failed, failures}} = test) do
    failure([ExUnit.Formatter.format_test_failure(test, failures, 1, 100, &plain/2), "\n", test.logs])
  end

  defp outcome(%{state: {:invalid, _module}}), do: failure("the module's setup_all failed")

  defp outcome(%{state: {state, reason}}) when state in [:skipped, :excluded],
    do: ["<skipped message=\"", escape(to_string(reason)), "\"/>"]

  defp failure(text), do: ["<failure>", escape(IO.iodata_to_binary(text)), "</failure>"]

  defp plain(:diff_enabled?, _default), do: false
  defp plain(_key, text), do: text

  defp element(module, name, microseconds, content) do
    seconds = :erlang.float_to_binary(microseconds / 1_000_000, decimals: 6)
    owner = escape(inspect(module))
    name = escape(to_string(name))

    ~s(  <testcase classname="#{owner}" name="#{name}" time="#{seconds}">#{content}</testcase>\n)
  end

  # XML has no room for most control characters, not even escaped.
  defp escape(text) do
    text
    |> String.replace(~r/[^\x{9}\x{A}\x{20}-\x{D7FF}\x{E000}-\x{FFFD}\x{10000}-\x{10FFFF}]/u, "?")
    |> String.replace("&", "&amp;")
    |> String.replace("<", "&lt;")
    |> String.replace("\"", "&quot;")
  end
end
