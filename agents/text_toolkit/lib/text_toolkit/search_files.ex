defmodule TextToolkit.SearchFiles do
  @moduledoc """
  Finds text in a file or in all files under a folder, and returns each line it is in. Files that are
  not text are passed over.
  """
  use OpenSentience.Tool,
    input: [
      query: [type: :string, min_length: 1, max_length: 1000, required: true],
      path: [type: :string, min_length: 1, max_length: 4096, default: "."],
      name: [
        type: :string,
        min_length: 1,
        max_length: 255,
        default: "*",
        description: "Of the files to search, such as *.md."
      ],
      ignore_case: [type: :boolean, default: false],
      max_results: [type: :integer, minimum: 1, maximum: 1000, default: 100]
    ],
    permissions: TextToolkit.Root.read_permissions(),
    capabilities: [:streaming, :cancellation],
    tags: [:text, :files, :search],
    timeout: 60_000

  alias OpenSentience.Context
  alias TextToolkit.{Files, Root}

  @most_characters 300

  @impl true
  def run(%{"path" => path, "name" => name, "max_results" => most} = input, context) do
    pattern =
      Regex.compile!(Regex.escape(input["query"]), if(input["ignore_case"], do: "iu", else: "u"))

    with {:ok, files} <- Files.list(path, name, context) do
      search(files, pattern, most, context, {[], 0})
    end
  end

  defp search(files, pattern, most, context, {found, searched}) do
    cond do
      Context.cancelled?(context) -> {:canceled, "after #{searched} files"}
      files == [] or length(found) > most -> {:ok, output(found, searched, most)}
      true -> search_one(files, pattern, most, context, {found, searched})
    end
  end

  defp search_one([file | files], pattern, most, context, {found, searched}) do
    matches = matches(file, pattern)

    if matches != [],
      do: Context.partial(context, %{path: Root.relative(file), lines: length(matches)})

    search(files, pattern, most, context, {found ++ Enum.take(matches, most + 1), searched + 1})
  end

  defp matches(file, pattern) do
    case Files.read_real(file) do
      {:ok, text} ->
        for {line, number} <- text |> Files.lines() |> Enum.with_index(1), line =~ pattern do
          %{
            path: Root.relative(file),
            line: number,
            text: String.slice(line, 0, @most_characters)
          }
        end

      {:error, _not_text} ->
        []
    end
  end

  defp output(found, searched, most) do
    %{matches: Enum.take(found, most), files_searched: searched, truncated: length(found) > most}
  end
end
