defmodule HelloTools.InvalidInput do
  @moduledoc """
  Halves an even number from 2 to 10. Its schema refuses other types and sizes before the tool runs;
  odd numbers, which the schema lets through, it refuses itself.
  """
  use OpenSentience.Tool,
    input: [number: [type: :integer, minimum: 2, maximum: 10, required: true]],
    output: [half: [type: :integer, required: true]],
    tags: [:example]

  alias OpenSentience.Error

  @impl true
  def run(%{"number" => number}, _context) when rem(number, 2) == 0,
    do: {:ok, %{"half" => div(number, 2)}}

  def run(%{"number" => _odd}, _context) do
    details = %{problems: [%{path: "/number", message: "must be even"}]}
    {:error, Error.new("tool.invalid_input", "The number must be even.", details: details)}
  end
end
