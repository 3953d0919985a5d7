defmodule HelloTools.Application do
  @moduledoc false
  use Application

  @impl true
  def start(_type, _arguments) do
    Supervisor.start_link([HelloTools.Agent], strategy: :one_for_one, name: HelloTools.Supervisor)
  end
end
