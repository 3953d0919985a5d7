defmodule Mix.Tasks.Opensentience.Agent do
  @shortdoc "Runs this project's agent at the OpenSentience Core"

  @moduledoc """
  Runs this project's agent. The entry point for manifests:

      "entrypoint": {"type": "mix_task", "value": "opensentience.agent"}

  The Core starts it, with a socket and a token in the environment. By hand it can only explain that;
  try `mix test`, or `mix opensentience.agent.check`.

  Takes the options of `mix app.start`, such as `--no-compile` and `--no-deps-check`.
  """

  use Mix.Task

  alias OpenSentience.Agent.Launch

  @impl true
  def run(arguments) do
    if System.get_env("OPENSENTIENCE_SOCKET", "") == "" do
      Mix.raise("""
      there is no Core to connect to: OPENSENTIENCE_SOCKET is not set.

      The OpenSentience Core starts this task itself: `opensentience agents run <agent id>`.
      To try the agent without it, run `mix test`, or check it with `mix opensentience.agent.check`.
      """)
    end

    # Permanent: when the agent's application ends, so does the program.
    Mix.Task.run("app.start", ["--permanent" | arguments])

    # The agent takes the token away when it starts.
    if System.get_env(Launch.token_variable()) do
      Mix.raise(
        "the application has started, but no agent: is it among its supervisor's children?"
      )
    end

    Process.sleep(:infinity)
  end
end
