defmodule TextToolkit.CsvToMarkdown do
  @moduledoc "Turns a CSV file into a Markdown table. The first row becomes the head, if wanted."
  use OpenSentience.Tool,
    input: [
      path: [type: :string, min_length: 1, max_length: 4096, required: true],
      delimiter: [enum: [",", ";", "\t", "|"], default: ","],
      header: [type: :boolean, default: true],
      max_rows: [type: :integer, minimum: 1, maximum: 5000, default: 500]
    ],
    permissions: TextToolkit.Root.read_permissions(),
    tags: [:text, :files, :csv, :markdown],
    timeout: 30_000

  alias TextToolkit.{CSV, Files}

  @impl true
  def run(%{"path" => path, "delimiter" => delimiter, "max_rows" => most} = input, _context) do
    with {:ok, text} <- Files.read(path),
         {:ok, rows} <- CSV.parse(String.trim_leading(text, "\uFEFF"), delimiter) do
      {head, body} = split(rows, input["header"])
      columns = [head | body] |> Enum.map(&length/1) |> Enum.max()

      {:ok,
       %{
         markdown: table(head, Enum.take(body, most), columns),
         rows: min(length(body), most),
         columns: columns,
         truncated: length(body) > most
       }}
    end
  end

  defp split([head | body], true), do: {head, body}
  defp split(rows, _no_header), do: {[], rows}

  defp table(_head, _body, 0), do: ""

  defp table(head, body, columns) do
    rule = List.duplicate("---", columns)
    [row(head, columns), row(rule, columns) | Enum.map(body, &row(&1, columns))] |> Enum.join()
  end

  defp row(fields, columns) do
    cells = Enum.map(fields, &cell/1) ++ List.duplicate("", columns - length(fields))
    "| " <> Enum.join(cells, " | ") <> " |\n"
  end

  defp cell(text) do
    text
    |> String.trim()
    |> String.replace("\\", "\\\\")
    |> String.replace("|", "\\|")
    |> String.replace(["\r\n", "\n", "\r"], "<br>")
  end
end
