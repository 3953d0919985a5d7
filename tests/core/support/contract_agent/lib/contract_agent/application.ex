defmodule ContractAgent.Application do
  @moduledoc "Begins as the file `mode` in the agent's private folder says."
  use Application

  @token "OPENSENTIENCE_SESSION_TOKEN"

  @impl true
  def start(_type, _arguments) do
    case File.read(Path.join(System.fetch_env!("HOME"), "mode")) do
      {:ok, "wrong_token"} -> System.put_env(@token, String.duplicate("A", 43))
      _ -> :ok
    end

    Supervisor.start_link([ContractAgent.Agent], strategy: :one_for_one)
  end
end
