defmodule Mix.Tasks.Opensentience.Gen.Agent do
  @shortdoc "Makes a new agent project"

  @moduledoc """
  Makes a new agent project, with two tools, a manifest and tests that pass.

      mix opensentience.gen.agent PATH --id com.example.notes

  The last part of `PATH` becomes the name of the application. Options:

    * `--id` - the agent's id, in reverse-DNS form; required
    * `--module` - the project's module; by default the application's name in camel case
    * `--sdk` - where the project finds this SDK; by default where it is now
    * `--vendor` - put a copy of the SDK into the project, under `vendor/`. An agent that is
      installed from a git repository needs that: nothing beside its repository is there.
  """

  use Mix.Task

  import Mix.Generator

  @templates Path.expand("../../../priv/templates", __DIR__)
  @sdk_root Path.expand("../../..", __DIR__)
  @sdk_parts ~w(lib priv mix.exs .formatter.exs README.md)
  @switches [id: :string, module: :string, sdk: :string, vendor: :boolean]

  # {template, where it goes}; APP is the application's name.
  @files [
    {"mix.exs", "mix.exs"},
    {"formatter.exs", ".formatter.exs"},
    {"gitignore", ".gitignore"},
    {"manifest.json", "opensentience.agent.json"},
    {"README.md", "README.md"},
    {"application.ex", "lib/APP/application.ex"},
    {"agent.ex", "lib/APP/agent.ex"},
    {"greet.ex", "lib/APP/tools/greet.ex"},
    {"countdown.ex", "lib/APP/tools/countdown.ex"},
    {"test_helper.exs", "test/test_helper.exs"},
    {"agent_test.exs", "test/agent_test.exs"},
    {"tools_test.exs", "test/tools_test.exs"}
  ]

  # Read when the SDK is compiled, so that the task needs no files at run time.
  @contents Map.new(@files, fn {template, _target} ->
              path = Path.join(@templates, template <> ".eex")
              @external_resource path
              {template, EEx.compile_string(File.read!(path), trim: true)}
            end)

  @impl true
  def run(arguments) do
    {options, paths} = OptionParser.parse!(arguments, strict: @switches)
    root = root(paths)
    app = app(root)
    id = id(options[:id])
    module = module(options[:module] || Macro.camelize(app))
    if File.exists?(root), do: Mix.raise("#{root} exists already")

    bindings = [
      app: app,
      id: id,
      module: module,
      sdk: options[:sdk] || relative(@sdk_root, root),
      elixir: "~> 1.14"
    ]

    for {template, target} <- @files do
      create_file(Path.join(root, String.replace(target, "APP", app)), render(template, bindings))
    end

    if options[:vendor], do: vendor(root)

    Mix.shell().info("""

    Your agent is in #{root}. Next:

        cd #{root}
        mix test
        mix opensentience.agent.check
    """)
  end

  defp render(template, bindings) do
    {text, _bindings} = Code.eval_quoted(@contents[template], bindings)
    text
  end

  defp root([path]), do: path
  defp root(_other), do: Mix.raise("give one path: mix opensentience.gen.agent PATH --id ID")

  defp app(root) do
    app = root |> Path.expand() |> Path.basename()

    if app =~ ~r/\A[a-z][a-z0-9_]*\z/ do
      app
    else
      Mix.raise("#{inspect(app)} is no application's name: lower-case letters, digits and _")
    end
  end

  defp id(nil), do: Mix.raise("an agent has an id: --id com.example.notes")

  defp id(id) do
    case OpenSentience.Manifest.Rules.problems(%{"id" => id})
         |> Enum.filter(&(&1.path == "/id")) do
      [] -> id
      [problem | _] -> Mix.raise("--id #{problem.message}")
    end
  end

  defp module(name) do
    if name =~ ~r/\A[A-Z][A-Za-z0-9]*(\.[A-Z][A-Za-z0-9]*)*\z/ do
      name
    else
      Mix.raise("#{inspect(name)} is no module's name")
    end
  end

  # "../../sdk" when both are near each other, so that the pair may move; else absolute.
  defp relative(target, root) do
    from = root |> Path.expand() |> Path.split()
    to = Path.split(target)
    shared = from |> Enum.zip(to) |> Enum.take_while(fn {a, b} -> a == b end) |> length()

    if shared > 2 do
      up = List.duplicate("..", length(from) - shared)
      Path.join(up ++ Enum.drop(to, shared))
    else
      target
    end
  end

  defp vendor(root) do
    folder = Path.join([root, "vendor", "opensentience_agent_sdk"])
    create_directory(folder)
    for part <- @sdk_parts, do: File.cp_r!(Path.join(@sdk_root, part), Path.join(folder, part))
  end
end
