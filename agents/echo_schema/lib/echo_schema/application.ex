defmodule EchoSchema.Application do
  @moduledoc false
  use Application

  @impl true
  def start(_type, _arguments) do
    Supervisor.start_link([EchoSchema.Agent], strategy: :one_for_one, name: EchoSchema.Supervisor)
  end
end
