defmodule ContractAgent.MixProject do
  use Mix.Project

  def project do
    [
      app: :contract_agent,
      version: "1.0.0",
      elixir: "~> 1.14",
      deps: [{:opensentience_agent_sdk, path: "vendor/opensentience_agent_sdk"}]
    ]
  end

  def application do
    [extra_applications: [:logger], mod: {ContractAgent.Application, []}]
  end
end
