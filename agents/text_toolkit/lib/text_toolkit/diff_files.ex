defmodule TextToolkit.DiffFiles do
  @moduledoc "Compares two text files, line by line, and returns a unified diff."
  use OpenSentience.Tool,
    input: [
      old: [type: :string, min_length: 1, max_length: 4096, required: true],
      new: [type: :string, min_length: 1, max_length: 4096, required: true],
      context: [type: :integer, minimum: 0, maximum: 20, default: 3]
    ],
    permissions: TextToolkit.Root.read_permissions(),
    tags: [:text, :files, :diff],
    timeout: 30_000

  alias OpenSentience.Error
  alias TextToolkit.Files

  @most_lines 20_000

  @impl true
  def run(%{"old" => old, "new" => new, "context" => context}, _call) do
    with {:ok, before} <- lines(old), {:ok, later} <- lines(new) do
      edits = edits(before, later)
      hunks = edits |> hunks(context) |> Enum.map(&hunk/1)
      head = "--- #{old}\n+++ #{new}\n"

      {:ok,
       %{
         equal: hunks == [],
         added: Enum.count(edits, &match?({:ins, _, _, _}, &1)),
         removed: Enum.count(edits, &match?({:del, _, _, _}, &1)),
         diff: if(hunks == [], do: "", else: head <> Enum.join(hunks))
       }}
    end
  end

  defp lines(path) do
    with {:ok, text} <- Files.read(path) do
      case Files.lines(text) do
        lines when length(lines) <= @most_lines -> {:ok, lines}
        _many -> {:error, Error.new("too_large", "A file has more than #{@most_lines} lines.")}
      end
    end
  end

  # One {kind, line of old, line of new, text} for each line; the numbers are those before it.
  defp edits(before, later) do
    {edits, _position} =
      before
      |> List.myers_difference(later)
      |> Enum.flat_map(fn {kind, lines} -> for line <- lines, do: {kind, line} end)
      |> Enum.map_reduce({0, 0}, fn {kind, line}, {old, new} ->
        {{kind, old, new, line}, {old + step(kind, :del), new + step(kind, :ins)}}
      end)

    edits
  end

  defp step(:eq, _side), do: 1
  defp step(side, side), do: 1
  defp step(_kind, _side), do: 0

  # Groups of edits that are no further apart than their contexts reach.
  defp hunks(edits, context) do
    edits = Enum.with_index(edits)

    changed = for {{kind, _, _, _}, index} <- edits, kind != :eq, do: index

    ranges =
      Enum.reduce(changed, [], fn
        index, [{first, last} | rest] when index - context <= last + context + 1 ->
          [{first, index} | rest]

        index, ranges ->
          [{index, index} | ranges]
      end)

    lines = List.to_tuple(Enum.map(edits, &elem(&1, 0)))

    for {first, last} <- Enum.reverse(ranges) do
      from = max(first - context, 0)
      to = min(last + context, tuple_size(lines) - 1)
      for index <- from..to, do: elem(lines, index)
    end
  end

  defp hunk([{_kind, old, new, _text} | _] = edits) do
    olds = Enum.count(edits, fn {kind, _, _, _} -> kind != :ins end)
    news = Enum.count(edits, fn {kind, _, _, _} -> kind != :del end)
    body = for {kind, _, _, text} <- edits, do: [mark(kind), text, "\n"]
    IO.iodata_to_binary(["@@ -", range(old, olds), " +", range(new, news), " @@\n" | body])
  end

  # An empty range is named by the line before it.
  defp range(before, 0), do: "#{before},0"
  defp range(before, 1), do: "#{before + 1}"
  defp range(before, count), do: "#{before + 1},#{count}"

  defp mark(:eq), do: " "
  defp mark(:del), do: "-"
  defp mark(:ins), do: "+"
end
