defmodule OpenSentience.Tool.CapturedIO do
  @moduledoc false
  # The group leader of a tool with `capture_io: true`: what is printed becomes stream of the call.
  # Speaks Erlang's I/O protocol; there is nothing to read.

  alias OpenSentience.Context

  @spec start(Context.t()) :: :ok
  def start(context) do
    tool = self()
    leader = spawn_link(fn -> serve(context, Process.monitor(tool)) end)
    Process.group_leader(tool, leader)
    :ok
  end

  defp serve(context, monitor) do
    receive do
      {:io_request, from, reference, request} ->
        send(from, {:io_reply, reference, answer(request, context)})
        serve(context, monitor)

      {:DOWN, ^monitor, :process, _tool, _reason} ->
        :ok
    end
  end

  defp answer({:put_chars, encoding, characters}, context) do
    case :unicode.characters_to_binary(characters, encoding) do
      text when is_binary(text) -> print(text, context)
      _invalid -> {:error, :no_translation}
    end
  end

  defp answer({:put_chars, encoding, module, function, arguments}, context),
    do: answer({:put_chars, encoding, apply(module, function, arguments)}, context)

  defp answer({:requests, requests}, context),
    do: Enum.reduce(requests, :ok, fn request, _last -> answer(request, context) end)

  defp answer(:getopts, _context), do: [binary: true, encoding: :unicode]
  defp answer({:setopts, _options}, _context), do: :ok
  defp answer({:get_geometry, _}, _context), do: {:error, :enotsup}

  defp answer(request, _context) when elem(request, 0) in [:get_until, :get_chars, :get_line],
    do: :eof

  defp answer(_request, _context), do: {:error, :request}

  defp print("", _context), do: :ok

  # A call that has ended has nobody to print to.
  defp print(text, context) do
    with {:error, _reason} <- Context.stdout(context, text), do: :ok
  end
end
