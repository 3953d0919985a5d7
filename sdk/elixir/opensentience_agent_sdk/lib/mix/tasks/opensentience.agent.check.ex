defmodule Mix.Tasks.Opensentience.Agent.Check do
  @shortdoc "Checks this project's manifest and tools, without a Core"

  @moduledoc """
  Says whether the OpenSentience Core would enable and run this project's agent, and what its tools
  are. Compiles the project, starts nothing.

      mix opensentience.agent.check
      mix opensentience.agent.check --json

  Checked are the manifest, its id, version and entry point against the project, and that the
  manifest asks for every permission its tools need. The exit status is 1 when there is an error;
  warnings do not count.
  """

  use Mix.Task

  alias OpenSentience.{Agent, Check, JSON, Manifest}
  alias OpenSentience.Tool.Spec

  @impl true
  def run(arguments) do
    {options, rest} = OptionParser.parse!(arguments, strict: [json: :boolean, manifest: :string])
    if rest != [], do: Mix.raise("takes no arguments, only --json and --manifest PATH")
    Mix.Task.run("app.config")

    report = report(options[:manifest] || Manifest.file_name(), agents())
    if options[:json], do: print_json(report), else: print(report)
    unless report.ok, do: exit({:shutdown, 1})
  end

  defp agents do
    app = Mix.Project.config()[:app]
    _ = Application.load(app)
    Check.agents(Application.spec(app, :modules) || [])
  end

  defp report(path, agents) do
    case Manifest.read(path) do
      {:ok, manifest} ->
        project = Mix.Project.config()
        task? = fn name -> Mix.Task.get(name) != nil end
        findings = Check.findings(manifest, agents, project, task?)
        tools = Enum.flat_map(agents, &tools/1)
        summary(findings, manifest.fields["id"], manifest.hash, tools)

      {:error, problem} ->
        summary([Map.put(problem, :severity, :error)], nil, nil, [])
    end
  end

  defp summary(findings, id, hash, tools) do
    ok = Enum.all?(findings, &(&1.severity == :warning))
    %{ok: ok, id: id, manifest_hash: hash, findings: findings, tools: tools}
  end

  # What is wrong with them is among the findings.
  defp tools(agent) do
    Agent.tools(agent)
  rescue
    ArgumentError -> []
  end

  defp print_json(report) do
    tools = for spec <- report.tools, do: Spec.to_wire(spec, report.id || "")
    %{report | tools: tools} |> JSON.encode!() |> IO.puts()
  end

  defp print(report) do
    for finding <- report.findings do
      Mix.shell().info("#{finding.severity}: #{where(finding.path)}#{finding.message}")
    end

    for spec <- report.tools do
      Mix.shell().info("tool: #{report.id}/#{spec.name}  #{first_line(spec.description)}")
    end

    verdict =
      if report.ok, do: "The Core would run this agent.", else: "The Core would refuse it."

    Mix.shell().info(verdict)
  end

  defp where(""), do: ""
  defp where(path), do: "#{Manifest.file_name()}#{path} "

  defp first_line(text), do: text |> String.split("\n", parts: 2) |> hd()
end
