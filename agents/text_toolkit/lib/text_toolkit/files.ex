defmodule TextToolkit.Files do
  @moduledoc """
  Reading, listing and writing text files inside the approved folder, all of it bounded.
  """

  alias OpenSentience.{Context, Error}
  alias TextToolkit.Root

  @max_bytes 4 * 1024 * 1024
  @max_files 5_000
  @max_depth 20

  @doc "The text of a file, given by a caller."
  @spec read(String.t()) :: {:ok, String.t()} | {:error, Error.t()}
  def read(path) do
    with {:ok, real} <- Root.resolve(path), do: read_real(real)
  end

  @doc "The text of a file, given by its real path."
  @spec read_real(Path.t()) :: {:ok, String.t()} | {:error, Error.t()}
  def read_real(real) do
    with {:ok, %{type: :regular, size: size}} when size <= @max_bytes <- File.lstat(real),
         {:ok, bytes} <- File.read(real) do
      if String.valid?(bytes) and not String.contains?(bytes, "\0") do
        {:ok, bytes}
      else
        {:error, Error.new("not_text", "The file is not UTF-8 text.")}
      end
    else
      {:ok, %{type: :regular}} ->
        {:error, Error.new("too_large", "The file has more than #{@max_bytes} bytes.")}

      {:ok, %{type: type}} ->
        {:error, Error.new("not_a_file", "That is a #{type}, not a file.")}

      {:error, reason} ->
        {:error, Root.from_posix(reason)}
    end
  end

  @doc """
  The real paths of a file, or of the files under a folder, in order. Symbolic links and hidden
  entries are left out; `name` is a pattern with `*` and `?` for the files' names.
  """
  @spec list(String.t(), String.t(), Context.t()) :: {:ok, [Path.t()]} | {:error, Error.t()}
  def list(path, name, context) do
    with {:ok, real} <- Root.resolve(path) do
      pattern = pattern(name)

      case collect(real, @max_depth, {[], 0}, context) do
        {_files, count} when count > @max_files ->
          {:error, Error.new("too_many_files", "There are more than #{@max_files} files.")}

        {files, _count} ->
          {:ok, files |> Enum.reverse() |> Enum.filter(&(Path.basename(&1) =~ pattern))}
      end
    end
  end

  defp pattern(name) do
    body =
      name
      |> Regex.escape()
      |> String.replace("\\*", ".*")
      |> String.replace("\\?", ".")

    Regex.compile!("\\A#{body}\\z", "us")
  end

  defp collect(real, depth, {files, count}, context) do
    cond do
      count > @max_files or Context.cancelled?(context) -> {files, count}
      depth == 0 -> {files, count}
      true -> collect_one(File.lstat(real), real, depth, {files, count}, context)
    end
  end

  defp collect_one({:ok, %{type: :regular}}, real, _depth, {files, count}, _context),
    do: {[real | files], count + 1}

  defp collect_one({:ok, %{type: :directory}}, real, depth, found, context) do
    case File.ls(real) do
      {:ok, names} ->
        names
        |> Enum.reject(&String.starts_with?(&1, "."))
        |> Enum.sort()
        |> Enum.reduce(found, &collect(Path.join(real, &1), depth - 1, &2, context))

      {:error, _reason} ->
        found
    end
  end

  defp collect_one(_link_or_gone, _real, _depth, found, _context), do: found

  @doc """
  Puts new text into a file that exists, whole or not at all: readers see the old file or the new.
  """
  @spec replace(Path.t(), String.t()) :: :ok | {:error, Error.t()}
  def replace(real, text) do
    suffix = Base.url_encode64(:crypto.strong_rand_bytes(9), padding: false)
    temporary = Path.join(Path.dirname(real), ".#{Path.basename(real)}.#{suffix}")

    with {:ok, %{mode: mode}} <- File.lstat(real),
         :ok <- File.write(temporary, text, [:exclusive, :sync]),
         :ok <- File.chmod(temporary, mode),
         :ok <- File.rename(temporary, real) do
      :ok
    else
      {:error, reason} ->
        File.rm(temporary)
        {:error, Root.from_posix(reason)}
    end
  end

  @doc "The lines of a text, without their ends."
  @spec lines(String.t()) :: [String.t()]
  def lines(""), do: []
  def lines(text), do: text |> String.replace_suffix("\n", "") |> String.split(["\r\n", "\n"])
end
