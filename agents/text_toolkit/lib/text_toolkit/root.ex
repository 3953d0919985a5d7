defmodule TextToolkit.Root do
  @moduledoc """
  The one folder the tools may touch, and the way from a caller's path to a real one inside it.

  Symbolic links are followed by hand, one part of the path at a time: a path is refused as soon as
  it leaves the folder, so nothing outside is even looked at, and a refusal does not tell whether
  there is something. What remains is the moment between this check and the use of the path; whoever
  can exploit it can already write to the folder.
  """

  alias OpenSentience.Error

  @variable "TEXT_TOOLKIT_ROOT"
  @most_links 40

  @doc "The permissions that the tools need to read, and to read and write."
  @spec read_permissions() :: [String.t()]
  def read_permissions, do: ["env:read:TEXT_TOOLKIT_ROOT", "filesystem:read:~/Documents/**"]

  @spec write_permissions() :: [String.t()]
  def write_permissions, do: read_permissions() ++ ["filesystem:write:~/Documents/**"]

  @doc "The folder, as a real path."
  @spec fetch() :: {:ok, Path.t()} | {:error, Error.t()}
  def fetch do
    case System.get_env(@variable, "") do
      "/" <> _ = path -> real_folder(path)
      "" -> {:error, Error.new("no_folder", "The operator has not set #{@variable}.")}
      _relative -> {:error, Error.new("no_folder", "#{@variable} is not an absolute path.")}
    end
  end

  defp real_folder(path) do
    with {:ok, real} <- walk("/", parts(path), @most_links, fn _path -> true end),
         {:ok, %{type: :directory}} <- File.lstat(real) do
      # Of the whole disk nobody ever meant to approve.
      if real == "/",
        do: {:error, Error.new("no_folder", "#{@variable} is the root of the disk.")},
        else: {:ok, real}
    else
      _missing -> {:error, Error.new("no_folder", "#{@variable} names no folder.")}
    end
  end

  @doc """
  The real path of a caller's `path`, relative to the folder or absolute within it. It exists.
  """
  @spec resolve(String.t()) :: {:ok, Path.t()} | {:error, Error.t()}
  def resolve(path) do
    with {:ok, root} <- fetch(), :ok <- well_formed(path) do
      allowed? = fn real -> inside?(real, root) or inside?(root, real) end
      start = if String.starts_with?(path, "/"), do: "/", else: root

      case walk(start, parts(path), @most_links, allowed?) do
        {:ok, real} -> if inside?(real, root), do: {:ok, real}, else: denied()
        {:error, :not_allowed} -> denied()
        {:error, reason} -> {:error, from_posix(reason)}
      end
    end
  end

  defp well_formed(path) do
    cond do
      String.contains?(path, "\0") -> {:error, Error.new("bad_path", "A path has no NUL.")}
      ".." in parts(path) -> denied()
      true -> :ok
    end
  end

  defp denied,
    do: {:error, Error.new("outside_folder", "The path is outside the approved folder.")}

  @doc "A failure of the file system, for a caller."
  @spec from_posix(atom) :: Error.t()
  def from_posix(:enoent), do: Error.new("not_found", "There is no such file or folder.")
  def from_posix(reason), do: Error.new("file_error", "#{:file.format_error(reason)}.")

  @doc "How a path inside the folder is shown to callers."
  @spec relative(Path.t()) :: String.t()
  def relative(real) do
    {:ok, root} = fetch()
    Path.relative_to(real, root)
  end

  defp parts(path), do: for(part <- String.split(path, "/"), part not in ["", "."], do: part)

  defp inside?(path, folder),
    do: path == folder or folder == "/" or String.starts_with?(path, folder <> "/")

  # `at` is real already.
  defp walk(at, [], _links, allowed?),
    do: if(allowed?.(at), do: {:ok, at}, else: {:error, :not_allowed})

  defp walk(at, [".." | rest], links, allowed?), do: walk(Path.dirname(at), rest, links, allowed?)

  defp walk(at, [part | rest], links, allowed?) do
    next = Path.join(at, part)

    cond do
      not allowed?.(next) -> {:error, :not_allowed}
      links == 0 -> {:error, :eloop}
      true -> step(at, next, rest, links, allowed?)
    end
  end

  defp step(at, next, rest, links, allowed?) do
    case File.lstat(next) do
      {:ok, %{type: :symlink}} ->
        with {:ok, target} <- File.read_link(next) do
          start = if String.starts_with?(target, "/"), do: "/", else: at
          walk(start, parts(target) ++ rest, links - 1, allowed?)
        end

      {:ok, _other} ->
        walk(next, rest, links, allowed?)

      {:error, reason} ->
        {:error, reason}
    end
  end
end
