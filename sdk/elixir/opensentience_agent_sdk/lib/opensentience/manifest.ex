defmodule OpenSentience.Manifest do
  @moduledoc """
  An agent's `opensentience.agent.json`: reading, hashing, checking.

  The checks are those that the Core makes before it enables or runs an agent, so a manifest without
  problems here is one that the Core takes.
  """

  alias OpenSentience.JSON
  alias OpenSentience.Manifest.Rules

  @file_name "opensentience.agent.json"
  @max_bytes 256_000
  @max_depth 32

  @enforce_keys [:path, :hash, :fields]
  defstruct [:path, :hash, :fields]

  @typedoc "`hash` is the SHA-256 of the file's bytes, in lowercase hexadecimal."
  @type t :: %__MODULE__{path: Path.t(), hash: String.t(), fields: map}

  @typedoc "`path` is a JSON pointer to the field; `code` is stable."
  @type problem :: %{path: String.t(), code: String.t(), message: String.t()}

  @doc "The one name a manifest may have."
  @spec file_name() :: String.t()
  def file_name, do: @file_name

  @doc "Reads a manifest. Fails when there is no JSON object to speak of; `problems/1` says the rest."
  @spec read(Path.t()) :: {:ok, t} | {:error, problem}
  def read(path) do
    case read_bytes(path) do
      {:ok, bytes} -> parse(bytes, path)
      {:error, code, message} -> {:error, %{path: "", code: code, message: message}}
    end
  end

  defp read_bytes(path) do
    case File.lstat(path) do
      {:ok, %{type: :regular, size: size}} when size > @max_bytes ->
        {:error, "manifest.too_large", "has #{size} bytes; the limit is #{@max_bytes}"}

      {:ok, %{type: :regular}} ->
        with {:error, reason} <- File.read(path), do: unreadable(reason)

      {:ok, %{type: type}} ->
        {:error, "manifest.not_a_file", "is a #{type}, not a regular file"}

      {:error, reason} ->
        unreadable(reason)
    end
  end

  defp unreadable(reason),
    do: {:error, "manifest.unreadable", to_string(:file.format_error(reason))}

  @doc "A manifest from the bytes of its file."
  @spec parse(binary, Path.t()) :: {:ok, t} | {:error, problem}
  def parse(bytes, path \\ @file_name) do
    case JSON.decode(bytes, max_depth: @max_depth) do
      {:ok, fields} when is_map(fields) ->
        {:ok, %__MODULE__{path: path, hash: hash(bytes), fields: fields}}

      {:ok, _other} ->
        {:error, %{path: "", code: "manifest.invalid", message: "is not a JSON object"}}

      {:error, error} ->
        {:error, %{path: "", code: "manifest.invalid_json", message: Exception.message(error)}}
    end
  end

  @doc """
  SHA-256 over the raw bytes, in lowercase hexadecimal.

      iex> OpenSentience.Manifest.hash("{}")
      "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
  """
  @spec hash(binary) :: String.t()
  def hash(bytes), do: :sha256 |> :crypto.hash(bytes) |> Base.encode16(case: :lower)

  @doc "Whatever would keep the Core from enabling and running the agent; empty when nothing would."
  @spec problems(t) :: [problem]
  def problems(%__MODULE__{fields: fields}), do: Rules.problems(fields)

  @doc "The requested permissions, as far as they are strings."
  @spec permissions(t) :: [String.t()]
  def permissions(%__MODULE__{fields: fields}) do
    case fields["permissions"] do
      list when is_list(list) -> Enum.filter(list, &is_binary/1)
      _none -> []
    end
  end

  @doc """
  Whether text is a permission: `domain:action`, with more after a second colon or without.

      iex> OpenSentience.Manifest.permission?("filesystem:read:~/Documents/**")
      true
      iex> OpenSentience.Manifest.permission?("filesystem")
      false
  """
  @spec permission?(term) :: boolean
  def permission?(text), do: Rules.permission?(text)
end
