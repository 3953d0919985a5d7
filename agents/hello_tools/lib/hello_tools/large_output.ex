defmodule HelloTools.LargeOutput do
  @moduledoc "Returns as many bytes of text as asked for. What fits no frame is refused."
  use OpenSentience.Tool,
    input: [bytes: [type: :integer, minimum: 0, maximum: 16_777_216, required: true]],
    output: [text: [type: :string, required: true]],
    tags: [:example]

  @impl true
  def run(%{"bytes" => bytes}, _context), do: {:ok, %{"text" => String.duplicate("x", bytes)}}
end
