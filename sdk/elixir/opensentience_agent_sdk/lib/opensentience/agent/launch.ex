defmodule OpenSentience.Agent.Launch do
  @moduledoc false
  # What the Core gave this process at launch, read from the environment and checked against the
  # manifest. The token is taken out of the environment, so that no child process inherits it.

  alias OpenSentience.Manifest

  @enforce_keys [:socket, :agent_id, :run_id, :version, :manifest, :manifest_hash]
  defstruct [:socket, :agent_id, :run_id, :version, :manifest, :manifest_hash, :install_path]

  @type t :: %__MODULE__{
          socket: Path.t(),
          agent_id: String.t(),
          run_id: String.t() | nil,
          version: String.t(),
          manifest: Manifest.t(),
          manifest_hash: String.t(),
          install_path: Path.t() | nil
        }

  @variables %{
    socket: "OPENSENTIENCE_SOCKET",
    token: "OPENSENTIENCE_SESSION_TOKEN",
    agent_id: "OPENSENTIENCE_AGENT_ID",
    run_id: "OPENSENTIENCE_RUN_ID",
    manifest_hash: "OPENSENTIENCE_MANIFEST_HASH",
    install_path: "OPENSENTIENCE_INSTALL_PATH"
  }

  @doc "The environment variable that holds the token."
  @spec token_variable() :: String.t()
  def token_variable, do: @variables.token

  @doc """
  `:absent` when no Core launched this process. The token comes apart, as a function, so that it is
  not printed with the rest.
  """
  @spec read(Path.t(), %{optional(String.t()) => String.t()} | nil) ::
          {:ok, t, (() -> String.t())} | :absent | {:error, String.t()}
  def read(manifest_path, environment \\ nil) do
    values = Map.new(@variables, fn {key, name} -> {key, value(environment, name)} end)
    if environment == nil, do: System.delete_env(@variables.token)

    case values do
      %{socket: nil} ->
        :absent

      %{token: nil} ->
        {:error, "#{@variables.token} is not set"}

      %{agent_id: nil} ->
        {:error, "#{@variables.agent_id} is not set"}

      %{token: token} ->
        with {:ok, launch} <- launch(values, manifest_path), do: {:ok, launch, fn -> token end}
    end
  end

  defp value(nil, name), do: present(System.get_env(name))
  defp value(environment, name), do: present(environment[name])

  defp present(""), do: nil
  defp present(value), do: value

  defp launch(values, manifest_path) do
    path = Path.expand(manifest_path, values.install_path || File.cwd!())

    with {:ok, manifest} <- read_manifest(path),
         :ok <- same_id(manifest.fields["id"], values.agent_id),
         {:ok, version} <- version(manifest.fields["version"]) do
      {:ok,
       %__MODULE__{
         socket: values.socket,
         agent_id: values.agent_id,
         run_id: values.run_id,
         version: version,
         manifest: manifest,
         manifest_hash: hash(manifest.hash, values.manifest_hash),
         install_path: values.install_path
       }}
    end
  end

  # Of the file as it is; written the way the Core writes its own, so that they can be compared.
  defp hash(hash, "sha256:" <> _), do: "sha256:" <> hash
  defp hash(hash, _plain_or_none), do: hash

  defp read_manifest(path) do
    with {:error, problem} <- Manifest.read(path) do
      {:error, "the manifest #{path} cannot be used: #{problem.message}"}
    end
  end

  defp same_id(id, id), do: :ok

  defp same_id(manifest_id, agent_id),
    do: {:error, "launched as #{agent_id}, but the manifest is of #{inspect(manifest_id)}"}

  defp version(version) when is_binary(version), do: {:ok, version}
  defp version(_missing), do: {:error, "the manifest has no version"}
end
