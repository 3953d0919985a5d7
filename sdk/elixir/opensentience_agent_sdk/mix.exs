defmodule OpenSentience.AgentSDK.MixProject do
  @moduledoc false
  use Mix.Project

  @version "0.1.0"

  def project do
    [
      app: :opensentience_agent_sdk,
      version: @version,
      elixir: "~> 1.14",
      elixirc_paths: elixirc_paths(Mix.env()),
      start_permanent: Mix.env() == :prod,
      description: "Write agents for OpenSentience: tools, streaming, cancellation, tests.",
      # None, on purpose: an agent must build without a network.
      deps: [],
      # OpenSentience.Testing is for use inside ExUnit; agents run without it.
      xref: [exclude: [ExUnit.Assertions, ExUnit.Callbacks, EEx]],
      docs: docs()
    ]
  end

  def application, do: [extra_applications: [:logger, :crypto]]

  defp elixirc_paths(:test), do: ["lib", "test/support"]
  defp elixirc_paths(_environment), do: ["lib"]

  # Read by ExDoc where that is installed.
  defp docs do
    [
      main: "readme",
      extras: ["README.md"],
      source_ref: "v#{@version}",
      groups_for_modules: [
        "Writing agents": [
          OpenSentience.Agent,
          OpenSentience.Tool,
          OpenSentience.Context,
          OpenSentience.Error,
          OpenSentience.Schema
        ],
        Testing: [OpenSentience.Testing, OpenSentience.Testing.FakeCore],
        Formats: [
          OpenSentience.JSON,
          OpenSentience.JSON.Encoder,
          OpenSentience.JSON.Fragment,
          OpenSentience.Manifest,
          OpenSentience.Protocol
        ]
      ]
    ]
  end
end
