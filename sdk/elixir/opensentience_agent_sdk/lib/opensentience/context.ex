defmodule OpenSentience.Context do
  @moduledoc """
  One call, as its tool sees it: who calls, how long there is, and the way to tell of progress.

  Streaming waits until the text was handed to the operating system, so a tool that produces faster
  than the Core reads is slowed down instead of filling memory. Only the process that runs the tool,
  and processes it started, should use the context; it ends with the call.

  When a call is canceled or out of time, `cancelled?/1` turns true and the tool's process gets the
  message `{:opensentience_cancel, call_id, reason}`. A tool that goes on regardless is killed.
  """

  alias OpenSentience.{Error, JSON, Text}
  alias OpenSentience.JSON.Fragment

  @enforce_keys [:connection, :call_id, :tool_id, :agent_id, :flag, :deadline, :max_output_bytes]
  defstruct [
    :connection,
    :call_id,
    :tool_id,
    :agent_id,
    :flag,
    :deadline,
    :caller,
    :request_id,
    :correlation_id,
    :causation_id,
    :idempotency_key,
    :max_output_bytes,
    info: %{},
    codec: JSON
  ]

  @opaque flag :: :atomics.atomics_ref()
  @type t :: %__MODULE__{
          connection: GenServer.server(),
          call_id: String.t(),
          tool_id: String.t(),
          agent_id: String.t(),
          flag: flag,
          deadline: integer,
          caller: %{type: String.t(), id: String.t()} | nil,
          request_id: String.t() | nil,
          correlation_id: String.t() | nil,
          causation_id: String.t() | nil,
          idempotency_key: String.t() | nil,
          max_output_bytes: pos_integer,
          info: map,
          codec: module
        }

  @typedoc """
  Why something was not streamed: the call has ended, the limit of a call (10 MiB) is used up, one
  piece of JSON is over 64 KiB, or the term is not a map that JSON can hold.
  """
  @type stream_error :: :gone | :limit | :too_large | :invalid

  @max_chunk_bytes 64 * 1024
  @max_key_bytes 100
  @max_tool_id_bytes 200

  @doc "Streams text as output."
  @spec stdout(t, String.t()) :: :ok | {:error, stream_error}
  def stdout(context, text), do: text(context, "stdout", text)

  @doc "Streams text as error output."
  @spec stderr(t, String.t()) :: :ok | {:error, stream_error}
  def stderr(context, text), do: text(context, "stderr", text)

  @doc "Streams a line for the log of the call."
  @spec log(t, String.t()) :: :ok | {:error, stream_error}
  def log(context, text), do: text(context, "log", text)

  @doc "Streams what the tool is doing now, for a person to read."
  @spec status(t, String.t()) :: :ok | {:error, stream_error}
  def status(context, text), do: text(context, "status", text)

  @doc "Streams a part of the result; up to 64 KiB of JSON."
  @spec partial(t, map) :: :ok | {:error, stream_error}
  def partial(context, map) when is_map(map) and not is_struct(map) do
    with {:ok, json} <- JSON.encode_for_wire(context.codec, map) do
      if byte_size(json) > min(@max_chunk_bytes, context.max_output_bytes) do
        {:error, :too_large}
      else
        send_stream(context, "partial_result", ~s({"json":) <> json <> "}", byte_size(json))
      end
    else
      {:error, _reason} -> {:error, :invalid}
    end
  end

  def partial(_context, _other), do: {:error, :invalid}

  # Text of any length goes out in pieces; bytes that are not UTF-8 are replaced.
  defp text(context, channel, text) do
    text
    |> Text.scrub()
    |> Text.chunks(chunk_bytes(context))
    |> Enum.reduce_while(:ok, fn chunk, :ok ->
      data = JSON.encode!(%{"text" => chunk})

      case send_stream(context, channel, data, byte_size(chunk)) do
        :ok -> {:cont, :ok}
        error -> {:halt, error}
      end
    end)
  end

  # Escaped, a byte takes up to six; where frames are small, chunks are smaller still.
  defp chunk_bytes(context), do: min(@max_chunk_bytes, div(context.max_output_bytes, 6))

  defp send_stream(context, channel, data, bytes) do
    stream = {:stream, context.call_id, channel, %Fragment{iodata: data}, bytes}
    ask(context, stream, {:error, :gone})
  end

  @doc "Whether the call was canceled or is out of time. Costs next to nothing."
  @spec cancelled?(t) :: boolean
  def cancelled?(context), do: :atomics.get(context.flag, 1) == 1

  @doc "When the call runs out of time, in milliseconds of `System.monotonic_time/1`."
  @spec deadline(t) :: integer
  def deadline(context), do: context.deadline

  @doc "Milliseconds until `deadline/1`, never less than 0."
  @spec remaining_ms(t) :: non_neg_integer
  def remaining_ms(context), do: max(0, context.deadline - System.monotonic_time(:millisecond))

  @doc "Who calls, as told by the Core. For information: the Core has checked permissions already."
  @spec caller(t) :: %{type: String.t(), id: String.t()} | nil
  def caller(context), do: context.caller

  @doc "What ties this call to a session or workflow."
  @spec correlation_id(t) :: String.t() | nil
  def correlation_id(context), do: context.correlation_id

  @doc "The same key means the same call: a tool with side effects must not repeat them."
  @spec idempotency_key(t) :: String.t() | nil
  def idempotency_key(context), do: context.idempotency_key

  @doc "The project the caller works in."
  @spec project_root(t) :: String.t() | nil
  def project_root(context), do: context.info["project_root"]

  @doc "Paths the caller points at."
  @spec resource_paths(t) :: [String.t()]
  def resource_paths(context), do: context.info["resource_paths"] || []

  @doc "Adds a number to the metrics of the result. The last value for a key counts."
  @spec metric(t, String.t() | atom, number) :: :ok
  def metric(context, key, number) when is_number(number) do
    key = key |> to_string() |> Text.scrub() |> Text.prefix(@max_key_bytes)
    send(context.connection, {:opensentience_metric, context.call_id, key, number})

    :ok
  end

  @doc """
  Calls a tool of another agent through the Core, and waits for its result.

  Needs the permission `tool:invoke:<agent_id>/<tool>`. The Core refuses cycles and chains deeper
  than 8. When this call is canceled, so is the one it waits for.

  Options: `:timeout` in milliseconds; `:on_stream`, a function that gets each streamed
  `{channel, text_or_map}` in this process.
  """
  @spec invoke(t, String.t(), map, keyword) :: {:ok, map} | {:error, Error.t()}
  def invoke(context, tool_id, input, options \\ []) when is_binary(tool_id) and is_map(input) do
    gone = {:error, Error.new("agent.disconnected", "The connection to the Core is gone.")}

    with :ok <- check_tool_id(tool_id),
         {:ok, json} <- encode_input(context, input),
         request = {:invoke, context.call_id, tool_id, json, options[:timeout]},
         {:ok, invocation, connection} <- ask(context, request, gone) do
      monitor = Process.monitor(connection)
      result = await(invocation, monitor, options[:on_stream], gone)
      Process.demonitor(monitor, [:flush])
      result
    end
  end

  # One that is none the Core would not even answer.
  defp check_tool_id(tool_id) do
    if byte_size(tool_id) <= @max_tool_id_bytes and tool_id =~ ~r/\A[!-~]+\/[!-~]+\z/ do
      :ok
    else
      {:error, Error.new("tool.not_found", "A tool's id reads <agent id>/<name>.")}
    end
  end

  defp encode_input(context, input) do
    case JSON.encode_for_wire(context.codec, input) do
      {:ok, json} ->
        if byte_size(json) <= context.max_output_bytes do
          {:ok, %Fragment{iodata: json}}
        else
          {:error, Error.new("tool.input_too_large", "The input does not fit a frame.")}
        end

      {:error, _reason} ->
        {:error, Error.new("tool.invalid_input", "The input has no JSON form.")}
    end
  end

  defp await(invocation, monitor, on_stream, gone) do
    receive do
      {:opensentience_invocation, ^invocation, {:stream, channel, data}} ->
        if on_stream, do: on_stream.({channel, data})
        await(invocation, monitor, on_stream, gone)

      {:opensentience_invocation, ^invocation, {:result, result}} ->
        result

      {:DOWN, ^monitor, :process, _connection, _reason} ->
        gone
    end
  end

  defp ask(context, request, when_gone) do
    GenServer.call(context.connection, request, :infinity)
  catch
    :exit, _reason -> when_gone
  end
end
