defmodule HelloTools.MixProject do
  use Mix.Project

  def project do
    [
      app: :hello_tools,
      version: "0.1.0",
      elixir: "~> 1.14",
      start_permanent: Mix.env() == :prod,
      deps: [{:opensentience_agent_sdk, path: sdk()}]
    ]
  end

  def application do
    [extra_applications: [:logger], mod: {HelloTools.Application, []}]
  end

  # A copy of the SDK in this folder counts first: installed from a git repository of its own, the
  # agent has nothing else beside it. Otherwise it is the one of the repository this folder is in.
  defp sdk do
    vendored = "vendor/opensentience_agent_sdk"

    if File.dir?(Path.expand(vendored, __DIR__)) do
      vendored
    else
      "../../sdk/elixir/opensentience_agent_sdk"
    end
  end
end
