defmodule OpenSentience.CheckTest do
  use ExUnit.Case, async: true

  import ExUnit.CaptureIO

  alias OpenSentience.{Check, Fixture, Manifest}

  @project [app: :opensentience_agent_sdk, version: "1.2.3"]

  defmodule Doubtful do
    use OpenSentience.Agent,
      otp_app: :another,
      tools: [
        {"a", input_schema: %{"type" => "object", "not" => %{}}, permissions: ["process:spawn"]}
      ]
  end

  defmodule Contradictory do
    use OpenSentience.Agent, otp_app: :opensentience_agent_sdk, tools: [{"a", []}, {"a", []}]
  end

  defp manifest(change) do
    {:ok, manifest} = Manifest.read("test/fixtures/opensentience.agent.json")
    %{manifest | fields: Map.merge(manifest.fields, change)}
  end

  defp codes(change, agents, project \\ @project) do
    findings = Check.findings(manifest(change), agents, project, &(&1 == "opensentience.agent"))
    for finding <- findings, do: {finding.severity, finding.code}
  end

  test "an agent that the Core would run has no errors" do
    severities = for {severity, _code} <- codes(%{}, [Fixture.Agent]), do: severity
    refute :error in severities
  end

  test "manifest and project must agree" do
    assert {:error, "check.version"} in codes(%{"version" => "9.9.9"}, [Fixture.Agent])
    entrypoint = %{"type" => "mix_task", "value" => "nothing.there"}
    assert {:error, "check.entrypoint"} in codes(%{"entrypoint" => entrypoint}, [Fixture.Agent])
    assert {:error, "check.no_agent"} in codes(%{}, [])
    assert {:error, "manifest.invalid_field"} in codes(%{"id" => 1}, [Fixture.Agent])
  end

  test "tools must be good ones, with permissions that the manifest asks for" do
    found = codes(%{"capabilities" => []}, [Doubtful])
    assert {:error, "check.otp_app"} in found
    assert {:error, "check.permission"} in found
    assert {:warning, "check.schema_keyword"} in found
    assert {:warning, "check.description"} in found
    assert {:warning, "check.capability"} in found
    assert {:error, "check.tools"} in codes(%{}, [Contradictory])
  end

  test "agents are found among modules" do
    assert Check.agents([Doubtful, Enum, NoSuchModule]) == [Doubtful]
  end

  test "the task tells a project that is no agent, for people and for programs" do
    run = fn arguments ->
      assert catch_exit(Mix.Tasks.Opensentience.Agent.Check.run(arguments)) == {:shutdown, 1}
    end

    path = ["--manifest", "test/fixtures/opensentience.agent.json"]
    assert capture_io(fn -> run.(path) end) =~ "The Core would refuse it."
    report = capture_io(fn -> run.(["--json" | path]) end)

    assert {:ok, %{"ok" => false, "id" => "com.example.fixture"}} =
             OpenSentience.JSON.decode(String.trim(report))
  end
end
