defmodule HelloTools.HelloWorld do
  @moduledoc "Greets somebody, or the world."
  use OpenSentience.Tool,
    input: [name: [type: :string, min_length: 1, max_length: 100, default: "world"]],
    output: [greeting: [type: :string, required: true]],
    tags: [:example]

  @impl true
  def run(%{"name" => name}, _context), do: {:ok, %{"greeting" => "Hello, #{name}!"}}
end
