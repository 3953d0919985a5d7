defmodule HelloTools.Sleep do
  @moduledoc "Waits for the given time. A cancellation wakes it at once."
  use OpenSentience.Tool,
    input: [ms: [type: :integer, minimum: 0, maximum: 600_000, required: true]],
    output: [slept_ms: [type: :integer, required: true]],
    capabilities: [:streaming, :cancellation],
    tags: [:example]

  alias OpenSentience.Context

  @impl true
  def run(%{"ms" => ms}, context) do
    Context.status(context, "sleeping")

    receive do
      {:opensentience_cancel, _call_id, reason} -> {:canceled, reason || "woken up"}
    after
      ms -> {:ok, %{"slept_ms" => ms}}
    end
  end
end
