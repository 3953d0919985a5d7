defmodule OpenSentience.Tool.Runner do
  @moduledoc false
  # Runs one call in the process it is called in, and says what became of it in wire terms. Nothing a
  # tool does gets past here but an exit signal.

  require Logger

  alias OpenSentience.{Context, Error, JSON, Schema}
  alias OpenSentience.Tool.{CapturedIO, Spec}

  @type outcome :: {:succeeded, binary} | {:failed, Error.t()} | {:canceled, String.t() | nil}

  @spec run(Spec.t(), map, Context.t()) :: outcome
  def run(spec, input, context) do
    Logger.metadata(
      agent_id: context.agent_id,
      tool_id: context.tool_id,
      call_id: context.call_id,
      request_id: context.request_id,
      correlation_id: context.correlation_id
    )

    if spec.capture_io, do: CapturedIO.start(context)

    with {:ok, input} <- check(spec, spec.input_schema, input, "input") do
      spec |> guarded(input, context) |> outcome(spec, context)
    end
  end

  defp check(%{validate: false}, _schema, value, _what), do: {:ok, value}
  defp check(_spec, nil, value, _what), do: {:ok, value}

  defp check(spec, schema, value, what) do
    case Schema.validate(schema, value, pattern: spec.validate == :patterns) do
      {:ok, value} ->
        {:ok, value}

      {:error, [first | _] = problems} ->
        place = if first.path == "", do: "it", else: first.path
        message = "The #{what} is not valid: #{place} #{first.message}."
        {:failed, Error.new("tool.invalid_#{what}", message, details: %{problems: problems})}
    end
  end

  # What is raised may hold anything, so callers learn only the name of the exception.
  defp guarded(spec, input, context) do
    call(spec.handler, spec.name, input, context)
  rescue
    exception ->
      crashed(:error, exception, __STACKTRACE__, inspect(exception.__struct__))
  catch
    kind, value -> crashed(kind, value, __STACKTRACE__, to_string(kind))
  end

  defp call({:tool, module}, _name, input, context), do: module.run(input, context)
  defp call({:agent, module}, name, input, context), do: module.handle_tool(name, input, context)

  defp crashed(kind, value, stacktrace, name) do
    Logger.error("tool crashed: " <> Exception.format(kind, value, stacktrace))
    {:error, Error.new("tool.crashed", "The tool crashed (#{name}).")}
  end

  defp outcome(:ok, spec, context), do: outcome({:ok, %{}}, spec, context)

  defp outcome({:ok, output}, spec, context) when is_map(output) and not is_struct(output) do
    with {:ok, json} <- encode(output, context),
         {:ok, json} <- promised(spec, json, context) do
      fit(json, spec, context)
    end
  end

  defp outcome({:ok, other}, spec, context) do
    Logger.warning("#{spec.name} returned {:ok, value} with a value that is not a map")
    outcome({:ok, %{"result" => other}}, spec, context)
  end

  defp outcome({:error, reason}, _spec, _context), do: {:failed, Error.from_reason(reason)}

  defp outcome({:canceled, note}, _spec, _context) when is_binary(note) or is_nil(note),
    do: {:canceled, note}

  defp outcome(_other, spec, _context) do
    Logger.error("#{spec.name} returned what OpenSentience.Tool does not know")
    {:failed, Error.new("tool.invalid_output", "The tool returned no result.")}
  end

  defp encode(output, context) do
    case JSON.encode_for_wire(context.codec, output) do
      {:ok, json} ->
        {:ok, json}

      {:error, error} ->
        Logger.error("the output cannot be encoded: #{reason(error)}")
        {:failed, Error.new("tool.invalid_output", "The output cannot be written as JSON.")}
    end
  end

  defp reason(error) when is_exception(error), do: Exception.message(error)
  defp reason(_other), do: "unknown"

  # The promise is about what callers read, so the check is of that.
  defp promised(%{output_schema: nil}, json, _context), do: {:ok, json}
  defp promised(%{validate: false}, json, _context), do: {:ok, json}

  defp promised(spec, json, context) do
    with {:ok, output} <- context.codec.decode(json),
         {:ok, _output} <- check(spec, spec.output_schema, output, "output") do
      {:ok, json}
    end
  end

  defp fit(json, spec, context) do
    most = min(spec.max_output_bytes || context.max_output_bytes, context.max_output_bytes)

    if byte_size(json) <= most do
      {:succeeded, json}
    else
      message = "The output has #{byte_size(json)} bytes; the limit is #{most}."
      {:failed, Error.new("tool.output_too_large", message)}
    end
  end
end
