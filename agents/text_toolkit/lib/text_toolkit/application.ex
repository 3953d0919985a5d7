defmodule TextToolkit.Application do
  @moduledoc false
  use Application

  @impl true
  def start(_type, _arguments) do
    Supervisor.start_link([TextToolkit.Agent],
      strategy: :one_for_one,
      name: TextToolkit.Supervisor
    )
  end
end
