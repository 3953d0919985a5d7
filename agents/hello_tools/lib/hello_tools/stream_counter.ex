defmodule HelloTools.StreamCounter do
  @moduledoc "Counts from 1 to n, streaming each number, with a pause between them if wanted."
  use OpenSentience.Tool,
    input: [
      n: [type: :integer, minimum: 1, maximum: 10_000, required: true],
      pause_ms: [type: :integer, minimum: 0, maximum: 1000, default: 0]
    ],
    output: [count: [type: :integer, required: true]],
    capabilities: [:streaming, :cancellation],
    tags: [:example]

  alias OpenSentience.Context

  @impl true
  def run(%{"n" => n, "pause_ms" => pause_ms}, context), do: count(1, n, pause_ms, context)

  defp count(i, n, _pause_ms, _context) when i > n, do: {:ok, %{"count" => n}}

  defp count(i, n, pause_ms, context) do
    Context.stdout(context, "#{i}\n")

    case pause(pause_ms, context) do
      :go_on -> count(i + 1, n, pause_ms, context)
      {:canceled, _reason} -> {:canceled, "at #{i} of #{n}"}
    end
  end

  defp pause(0, context),
    do: if(Context.cancelled?(context), do: {:canceled, nil}, else: :go_on)

  defp pause(pause_ms, _context) do
    receive do
      {:opensentience_cancel, _call_id, reason} -> {:canceled, reason}
    after
      pause_ms -> :go_on
    end
  end
end
