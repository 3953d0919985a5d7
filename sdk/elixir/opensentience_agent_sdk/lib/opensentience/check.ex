defmodule OpenSentience.Check do
  @moduledoc false
  # Whether a project is an agent that the Core would take. Decides only; the Mix task reads and
  # prints.

  alias OpenSentience.{Agent, Manifest, Schema}
  alias OpenSentience.Tool.Spec

  @type finding :: %{
          severity: :error | :warning,
          code: String.t(),
          path: String.t(),
          message: String.t()
        }

  @doc "`project` is what mix.exs says: `:app` and `:version`. `task?` tells whether a Mix task exists."
  @spec findings(Manifest.t(), [module], keyword, (String.t() -> boolean)) :: [finding]
  def findings(manifest, agents, project, task?) do
    for(problem <- Manifest.problems(manifest), do: Map.put(problem, :severity, :error)) ++
      version(manifest, project[:version]) ++
      entrypoint(manifest.fields["entrypoint"], task?) ++
      agents(agents, project[:app]) ++
      Enum.flat_map(agents, &agent(manifest, &1))
  end

  @doc "The modules that `use OpenSentience.Agent`."
  @spec agents([module]) :: [module]
  def agents(modules) do
    Enum.filter(modules, fn module ->
      Code.ensure_loaded?(module) and function_exported?(module, :__opensentience_agent__, 0)
    end)
  end

  defp version(%{fields: %{"version" => version}}, version), do: []

  defp version(_manifest, version) do
    [error("check.version", "/version", "is not #{version}, the version in mix.exs")]
  end

  defp entrypoint(%{"type" => "mix_task", "value" => task}, task?) when is_binary(task) do
    if task?.(task), do: [], else: [error("check.entrypoint", "/entrypoint", "names no Mix task")]
  end

  defp entrypoint(_other, _task?), do: []

  defp agents([], _app),
    do: [error("check.no_agent", "", "no module of the project uses OpenSentience.Agent")]

  defp agents(agents, app) do
    for agent <- agents, agent.__opensentience_agent__()[:otp_app] != app do
      error("check.otp_app", "", "#{inspect(agent)} does not say otp_app: #{inspect(app)}")
    end
  end

  defp agent(manifest, agent) do
    Enum.flat_map(Agent.tools(agent), fn spec ->
      permissions(manifest, spec) ++
        capabilities(manifest, spec) ++
        schema(spec, "input_schema", spec.input_schema) ++
        schema(spec, "output_schema", spec.output_schema || true) ++ description(spec)
    end)
  rescue
    error in ArgumentError -> [error("check.tools", "", Exception.message(error))]
  end

  defp permissions(manifest, %Spec{} = spec) do
    for permission <- spec.permissions -- Manifest.permissions(manifest) do
      message = "does not ask for #{permission}, which the tool #{spec.name} needs"
      error("check.permission", "/permissions", message)
    end
  end

  defp capabilities(manifest, spec) do
    listed = manifest.fields["capabilities"]

    for capability <- ["tools" | spec.capabilities], is_list(listed), capability not in listed do
      warning("check.capability", "/capabilities", "does not list #{capability} (#{spec.name})")
    end
  end

  defp schema(spec, which, schema) do
    for keyword <- Schema.unknown_keywords(schema) do
      message = "#{spec.name}: #{which}#{keyword} is checked by the Core only"
      warning("check.schema_keyword", "", message)
    end
  end

  defp description(%{description: ""} = spec),
    do: [warning("check.description", "", "the tool #{spec.name} has no description")]

  defp description(_spec), do: []

  defp error(code, path, message),
    do: %{severity: :error, code: code, path: path, message: message}

  defp warning(code, path, message),
    do: %{severity: :warning, code: code, path: path, message: message}
end
