defmodule TextToolkit.ReplaceInFiles do
  @moduledoc """
  Replaces text in a file or in all files under a folder. In the mode `preview`, the default, it only
  shows what would change; `apply` changes the files. Give `expect` the number of replacements that
  the preview told, and nothing is changed if meanwhile it is another.
  """
  use OpenSentience.Tool,
    input: [
      find: [type: :string, min_length: 1, max_length: 1000, required: true],
      replace: [type: :string, max_length: 10_000, required: true],
      path: [type: :string, min_length: 1, max_length: 4096, required: true],
      name: [type: :string, min_length: 1, max_length: 255, default: "*"],
      mode: [enum: ["preview", "apply"], default: "preview"],
      expect: [type: :integer, minimum: 0]
    ],
    permissions: TextToolkit.Root.write_permissions(),
    capabilities: [:streaming, :cancellation],
    side_effects: true,
    tags: [:text, :files, :replace],
    timeout: 60_000

  alias OpenSentience.{Context, Error}
  alias TextToolkit.{Files, Root}

  @lines_shown 5
  @most_characters 200

  @impl true
  def run(%{"find" => find, "replace" => replace, "mode" => mode} = input, context) do
    with {:ok, files} <- Files.list(input["path"], input["name"], context) do
      changes = Enum.flat_map(files, &change(&1, find, replace, context))
      total = changes |> Enum.map(& &1.replacements) |> Enum.sum()

      cond do
        Context.cancelled?(context) -> {:canceled, "nothing was changed"}
        mode == "preview" -> {:ok, output(changes, total, false)}
        total != Map.get(input, "expect", total) -> unexpected(total)
        true -> apply_all(changes, total, context)
      end
    end
  end

  # All is read and worked out before anything is written.
  defp change(file, find, replace, context) do
    with false <- Context.cancelled?(context),
         {:ok, text} <- Files.read_real(file),
         [_, _ | _] = parts <- String.split(text, find) do
      [
        %{
          file: file,
          replacements: length(parts) - 1,
          text: Enum.join(parts, replace),
          lines: shown(text, find, replace)
        }
      ]
    else
      _untouched -> []
    end
  end

  # Of a search text within one line; what spans lines is only counted.
  defp shown(text, find, replace) do
    text
    |> Files.lines()
    |> Stream.with_index(1)
    |> Stream.filter(fn {line, _number} -> String.contains?(line, find) end)
    |> Stream.map(fn {line, number} ->
      %{line: number, old: cut(line), new: line |> String.replace(find, replace) |> cut()}
    end)
    |> Enum.take(@lines_shown)
  end

  defp cut(line), do: String.slice(line, 0, @most_characters)

  defp unexpected(total) do
    message = "There would be #{total} replacements, another number than expected."
    {:error, Error.new("changed_meanwhile", message)}
  end

  defp apply_all(changes, total, context) do
    changes
    |> Enum.with_index()
    |> Enum.reduce_while(:ok, fn {change, index}, :ok ->
      with false <- Context.cancelled?(context), :ok <- Files.replace(change.file, change.text) do
        Context.status(context, "changed #{Root.relative(change.file)}")
        {:cont, :ok}
      else
        true -> {:halt, {:canceled, "#{index} of #{length(changes)} files were changed"}}
        {:error, error} -> {:halt, {:error, %{error | details: %{files_changed: index}}}}
      end
    end)
    |> case do
      :ok -> {:ok, output(changes, total, true)}
      stopped -> stopped
    end
  end

  defp output(changes, total, applied) do
    files =
      for change <- changes do
        %{
          path: Root.relative(change.file),
          replacements: change.replacements,
          lines: change.lines
        }
      end

    %{applied: applied, replacements: total, files: files}
  end
end
