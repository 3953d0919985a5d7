defmodule ContractAgent.Echo do
  @moduledoc "Returns what it got."
  use OpenSentience.Tool

  @impl true
  def run(input, _context), do: {:ok, input}
end

defmodule ContractAgent.StreamCounter do
  @moduledoc "Streams the numbers up to count."
  use OpenSentience.Tool,
    input: [count: [type: :integer, required: true]],
    capabilities: [:streaming]

  @impl true
  def run(%{"count" => count}, context) do
    for i <- 1..count, do: OpenSentience.Context.stdout(context, "#{i}")
    :ok
  end
end

defmodule ContractAgent.Sleep do
  @moduledoc "Waits; a cancellation wakes it."
  use OpenSentience.Tool,
    input: [ms: [type: :integer, required: true]],
    capabilities: [:cancellation]

  @impl true
  def run(%{"ms" => ms}, _context) do
    receive do
      {:opensentience_cancel, _call_id, reason} -> {:canceled, reason || "woken up"}
    after
      ms -> :ok
    end
  end
end

defmodule ContractAgent.LargeOutput do
  @moduledoc "Returns so many bytes."
  use OpenSentience.Tool, input: [bytes: [type: :integer, required: true]]

  @impl true
  def run(%{"bytes" => bytes}, _context), do: {:ok, %{"text" => String.duplicate("x", bytes)}}
end

defmodule ContractAgent.Broken do
  @moduledoc "Fails."
  use OpenSentience.Tool

  @impl true
  def run(_input, _context),
    do: {:error, OpenSentience.Error.new("broken", "It went wrong.")}
end

defmodule ContractAgent.Guarded do
  @moduledoc "Needs a permission that nobody approved."
  use OpenSentience.Tool, permissions: ["filesystem:read:~/notes/**"]

  @impl true
  def run(_input, _context), do: :ok
end
