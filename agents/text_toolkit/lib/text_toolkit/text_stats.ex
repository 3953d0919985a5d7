defmodule TextToolkit.TextStats do
  @moduledoc "Counts the lines, words and characters of a file, and lists its most frequent words."
  use OpenSentience.Tool,
    input: [
      path: [type: :string, min_length: 1, max_length: 4096, required: true],
      top: [
        type: :integer,
        minimum: 0,
        maximum: 100,
        default: 10,
        description: "How many frequent words."
      ]
    ],
    permissions: TextToolkit.Root.read_permissions(),
    tags: [:text, :files],
    timeout: 30_000

  alias TextToolkit.Files

  @impl true
  def run(%{"path" => path, "top" => top}, _context) do
    with {:ok, text} <- Files.read(path) do
      lines = Files.lines(text)
      words = Regex.scan(~r/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/u, text) |> List.flatten()

      {:ok,
       %{
         bytes: byte_size(text),
         characters: String.length(text),
         words: length(words),
         lines: length(lines),
         blank_lines: Enum.count(lines, &(String.trim(&1) == "")),
         longest_line: lines |> Enum.map(&String.length/1) |> Enum.max(fn -> 0 end),
         frequent_words: frequent(words, top)
       }}
    end
  end

  # The most frequent first, and in the order of the alphabet among equals.
  defp frequent(words, top) do
    words
    |> Enum.frequencies_by(&String.downcase/1)
    |> Enum.sort_by(fn {word, count} -> {-count, word} end)
    |> Enum.take(top)
    |> Enum.map(fn {word, count} -> %{word: word, count: count} end)
  end
end
