defmodule OpenSentience.ProjectTest do
  # A generated project with the README's files in it: formatted, compiled, tested, checked, and
  # launched as the Core launches agents. Other processes, but no network and no Hex.
  use ExUnit.Case, async: true

  import ExUnit.CaptureIO
  import OpenSentience.Testing

  alias OpenSentience.{JSON, Manifest}
  alias OpenSentience.Testing.FakeCore

  @moduletag timeout: 300_000
  @id "com.example.word_games"

  setup_all do
    folder =
      Path.join(System.tmp_dir!(), "sdk-#{System.unique_integer([:positive])}-#{:os.getpid()}")

    project = Path.join(folder, "word_games")
    on_exit(fn -> File.rm_rf!(folder) end)

    output =
      capture_io(fn ->
        Mix.Tasks.Opensentience.Gen.Agent.run([project, "--id", @id, "--sdk", File.cwd!()])
      end)

    assert output =~ "lib/word_games/agent.ex"
    files = readme_files()
    for {path, text} <- files, do: File.write!(Path.join(project, path), text)
    {:ok, folder: folder, project: project, files: Enum.map(files, &elem(&1, 0))}
  end

  # The blocks whose first line is a comment with nothing but a path.
  defp readme_files do
    for [_, path, text] <-
          Regex.scan(~r/^```elixir\n# (\S+)\n(.*?)^```$/ms, File.read!("README.md")) do
      {path, text}
    end
  end

  # As the Core does it: an environment of its own, standard input empty.
  defp mix(project, folder, arguments, environment \\ %{}) do
    keep = %{
      "PATH" => System.get_env("PATH"),
      "HOME" => folder,
      "TMPDIR" => System.tmp_dir!(),
      "LANG" => "C.UTF-8",
      "MIX_ENV" => "test"
    }

    none = for {name, _} <- System.get_env(), into: %{}, do: {name, nil}
    environment = none |> Map.merge(keep) |> Map.merge(environment)

    System.cmd("sh", ["-c", ~s(exec mix "$@" < /dev/null), "sh" | arguments],
      cd: project,
      env: environment,
      stderr_to_stdout: true
    )
  end

  test "the README shows a tool, an agent and a test", %{files: files} do
    assert files == [
             "lib/word_games/tools/anagrams.ex",
             "lib/word_games/agent.ex",
             "test/agent_test.exs"
           ]
  end

  test "is formatted", %{project: project} do
    paths = Path.wildcard(Path.join(project, "**/*.{ex,exs}"))
    assert length(paths) == 9

    for path <- paths do
      text = File.read!(path)
      assert IO.iodata_to_binary([Code.format_string!(text), "\n"]) == text, path
    end
  end

  test "compiles without warnings, passes its tests, stands the check, and can be launched",
       context do
    %{project: project, folder: folder} = context

    steps = ~w(do compile --warnings-as-errors + opensentience.agent.check --json + test)
    assert {output, 0} = mix(project, folder, steps)
    assert output =~ "6 tests, 0 failures"
    [report] = Regex.run(~r/^{.*}$/m, output)

    assert {:ok, %{"ok" => true, "id" => @id, "findings" => [], "tools" => tools}} =
             JSON.decode(report)

    assert Enum.map(tools, & &1["name"]) == ["anagrams", "greet", "reverse"]

    [:sigterm, :goodbye]
    |> Enum.map(fn ending -> Task.async(fn -> launched(project, folder, ending) end) end)
    |> Task.await_many(250_000)
  end

  # Launched for real: serves a call, then ends with status 0.
  defp launched(project, folder, ending) do
    manifest = Path.join(project, Manifest.file_name())
    {:ok, core} = FakeCore.start_link(manifest: manifest)
    environment = %{FakeCore.env(core) | "OPENSENTIENCE_INSTALL_PATH" => project}
    arguments = ["opensentience.agent", "--no-compile", "--no-deps-check"]
    program = Task.async(fn -> mix(project, folder, arguments, environment) end)

    assert await_long(core, "agent.hello").payload["agent_id"] == @id
    assert_registered(core, ["anagrams", "greet", "reverse"])
    call = call_tool(core, "reverse", %{"text" => "abc"})
    assert %{"output" => %{"text" => "cba"}} = await_result(core, call)
    finish(ending, core)

    assert {_output, 0} = Task.await(program, 120_000)
    assert_receive {:fake_core, ^core, :closed}
    GenServer.stop(core)
  end

  defp finish(:goodbye, core),
    do: FakeCore.send_message(core, "core.goodbye", %{"reason" => "test"})

  defp finish(:sigterm, core) do
    {_, 0} = System.cmd("kill", ["-TERM", Integer.to_string(FakeCore.peer_pid(core))])
  end

  # A virtual machine takes its time to start, the more so on a busy computer.
  defp await_long(core, type) do
    assert_receive {:fake_core, ^core, %{type: ^type} = message}, 120_000
    message
  end

  test "explains itself when no Core has launched it" do
    error = assert_raise Mix.Error, fn -> Mix.Tasks.Opensentience.Agent.run([]) end
    assert Exception.message(error) =~ "OPENSENTIENCE_SOCKET is not set"
  end

  describe "the generator" do
    test "refuses paths, ids and modules that are none", %{folder: folder, project: project} do
      for {arguments, message} <- [
            {[], "give one path"},
            {[project, "--id", "com.x.y"], "exists already"},
            {[Path.join(folder, "Bad-Name"), "--id", "com.x.y"], "no application's name"},
            {[Path.join(folder, "good")], "has an id"},
            {[Path.join(folder, "good"), "--id", "notes"], "reverse-DNS"},
            {[Path.join(folder, "good"), "--id", "com.x.y", "--module", "x"], "no module's name"}
          ] do
        error = assert_raise Mix.Error, fn -> Mix.Tasks.Opensentience.Gen.Agent.run(arguments) end
        assert Exception.message(error) =~ message
      end
    end

    test "copies the SDK into the project when asked to", %{folder: folder} do
      project = Path.join(folder, "own_copy")

      capture_io(fn ->
        Mix.Tasks.Opensentience.Gen.Agent.run([project, "--id", "com.x.own_copy", "--vendor"])
      end)

      copy = Path.join(project, "vendor/opensentience_agent_sdk")
      assert File.read!(Path.join(copy, "mix.exs")) == File.read!("mix.exs")
      assert File.exists?(Path.join(copy, "lib/opensentience/agent.ex"))
      refute File.exists?(Path.join(copy, "test"))
    end
  end
end
