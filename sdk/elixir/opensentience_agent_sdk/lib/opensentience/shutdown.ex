defmodule OpenSentience.Shutdown do
  @moduledoc false
  # Ends the virtual machine in order, and by force when that hangs: with nobody reading its standard
  # output any more, a stopping application that prints can wait for ever.

  @patience_ms 5_000

  @spec stop(non_neg_integer) :: :ok
  def stop(status) do
    spawn(fn ->
      Process.sleep(@patience_ms)
      System.halt(status)
    end)

    System.stop(status)
  end
end
