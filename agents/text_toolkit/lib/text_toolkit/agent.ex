defmodule TextToolkit.Agent do
  @moduledoc """
  The agent com.opensentience.text_toolkit: text tools on the files of one folder, which the operator
  names in the environment variable `TEXT_TOOLKIT_ROOT`.
  """
  use OpenSentience.Agent,
    otp_app: :text_toolkit,
    tools: [
      TextToolkit.TextStats,
      TextToolkit.SearchFiles,
      TextToolkit.CsvToMarkdown,
      TextToolkit.DiffFiles,
      TextToolkit.ReplaceInFiles
    ]

  alias TextToolkit.Root

  # Without its folder the agent runs, and says why its tools refuse.
  @impl true
  def health(_state) do
    case Root.fetch() do
      {:ok, _root} -> {:ok, %{}}
      {:error, error} -> {:degraded, %{reason: error.message}}
    end
  end
end
