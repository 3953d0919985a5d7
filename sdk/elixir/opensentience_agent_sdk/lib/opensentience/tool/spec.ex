defmodule OpenSentience.Tool.Spec do
  @moduledoc """
  All that is known about a tool before it runs. `OpenSentience.Tool` makes these.
  """

  alias OpenSentience.{Manifest, Schema, Text}

  @options ~w(name description input input_schema output output_schema capabilities permissions
              side_effects requires_directive tags timeout validate max_output_bytes capture_io)a
  @max_timeout_ms 600_000
  @max_words 64
  @max_description_bytes 4000
  @max_schema_bytes 64 * 1024

  @enforce_keys [:name, :handler]
  defstruct [
    :name,
    :handler,
    :output_schema,
    :max_output_bytes,
    description: "",
    input_schema: %{"type" => "object"},
    capabilities: [],
    permissions: [],
    side_effects: false,
    requires_directive: false,
    tags: [],
    timeout: @max_timeout_ms,
    validate: true,
    capture_io: false
  ]

  @typedoc "`handler` says whose code runs: a tool module's `run/2` or an agent's `handle_tool/3`."
  @type t :: %__MODULE__{
          name: String.t(),
          handler: {:tool, module} | {:agent, module},
          description: String.t(),
          input_schema: Schema.t(),
          output_schema: Schema.t() | nil,
          capabilities: [String.t()],
          permissions: [String.t()],
          side_effects: boolean,
          requires_directive: boolean,
          tags: [String.t()],
          timeout: pos_integer,
          validate: boolean | :patterns,
          max_output_bytes: pos_integer | nil,
          capture_io: boolean
        }

  @doc false
  @spec check_options!(keyword) :: keyword
  def check_options!(options) do
    case Keyword.keys(options) -- @options do
      [] -> options
      [unknown | _] -> raise ArgumentError, "unknown option #{inspect(unknown)} of a tool"
    end
  end

  @doc false
  @spec from_options(keyword, module, String.t() | nil) :: t
  def from_options(options, module, documentation) do
    default = module |> Module.split() |> List.last() |> Macro.underscore()
    build({:tool, module}, options[:name] || default, options, documentation)
  end

  @doc """
  A tool of an agent module's own, run by its `handle_tool/3`. Options as of `OpenSentience.Tool`.
  """
  @spec inline(module, String.t() | atom, keyword) :: t
  def inline(agent_module, name, options) do
    build({:agent, agent_module}, to_string(name), check_options!(options), nil)
  end

  defp build(handler, name, options, documentation) do
    check!(%__MODULE__{
      name: name,
      handler: handler,
      description: options[:description] || documentation || "",
      input_schema: schema(options[:input], options[:input_schema]) || %{"type" => "object"},
      output_schema: schema(options[:output], options[:output_schema]),
      capabilities: Enum.map(options[:capabilities] || [], &to_string/1),
      permissions: options[:permissions] || [],
      side_effects: options[:side_effects] || false,
      requires_directive: options[:requires_directive] || false,
      tags: Enum.map(options[:tags] || [], &to_string/1),
      timeout: options[:timeout] || @max_timeout_ms,
      validate: Keyword.get(options, :validate, true),
      max_output_bytes: options[:max_output_bytes],
      capture_io: options[:capture_io] || false
    })
  end

  defp schema(nil, schema), do: schema
  defp schema(properties, nil), do: Schema.object(properties)
  defp schema(_both, _given), do: raise(ArgumentError, "a schema is given once")

  @doc false
  # A tool module may define the optional callbacks instead of giving the options.
  @spec override(t, module) :: t
  def override(spec, module) do
    [:name, :description, :input_schema, :output_schema]
    |> Enum.reduce(spec, fn field, spec ->
      if function_exported?(module, field, 0) do
        Map.put(spec, field, apply(module, field, []))
      else
        spec
      end
    end)
    |> check!()
  end

  @doc "The tool as `agent.tools.register` describes it."
  @spec to_wire(t, String.t()) :: map
  def to_wire(%__MODULE__{} = spec, agent_id) do
    wire = %{
      "tool_id" => "#{agent_id}/#{spec.name}",
      "name" => spec.name,
      "description" => spec.description,
      "input_schema" => spec.input_schema,
      "capabilities" => spec.capabilities,
      "side_effects" => spec.side_effects,
      "requires_directive" => spec.requires_directive,
      "tags" => spec.tags,
      "required_permissions" => spec.permissions
    }

    if spec.output_schema, do: Map.put(wire, "output_schema", spec.output_schema), else: wire
  end

  @rules [
    name: "must be lower-case letters, digits, _ and -",
    description: "must be text of up to 4000 bytes",
    tags: "must be up to 64 words",
    input_schema: "must be a JSON Schema within 64 KiB",
    output_schema: "must be a JSON Schema within 64 KiB",
    capabilities: "may list streaming and cancellation",
    permissions: "must read domain:action or domain:action:rest",
    side_effects: "must be true or false",
    requires_directive: "must be true or false",
    timeout: "must be 1 to #{@max_timeout_ms} milliseconds",
    validate: "must be true, false or :patterns",
    max_output_bytes: "must be a number of bytes",
    capture_io: "must be true or false"
  ]

  defp check!(spec) do
    for {field, rule} <- @rules, not valid?(field, Map.fetch!(spec, field)) do
      raise ArgumentError, "tool #{inspect(spec.name)}: #{field} #{rule}"
    end

    spec
  end

  defp valid?(:name, name),
    do:
      is_binary(name) and byte_size(name) <= 128 and
        name =~ ~r/\A[a-z0-9]([a-z0-9_-]*[a-z0-9])?\z/

  defp valid?(:description, text),
    do: is_binary(text) and byte_size(text) <= @max_description_bytes and Text.fit?(text)

  defp valid?(:tags, list) do
    length(list) <= @max_words and Enum.all?(list, &(byte_size(&1) in 1..300 and Text.fit?(&1)))
  end

  defp valid?(:input_schema, schema), do: is_map(schema) and small?(schema)
  defp valid?(:output_schema, schema), do: schema == nil or (is_map(schema) and small?(schema))
  defp valid?(:capabilities, list), do: list -- ["streaming", "cancellation"] == []

  defp valid?(:permissions, list),
    do: is_list(list) and length(list) <= @max_words and Enum.all?(list, &Manifest.permission?/1)

  defp valid?(field, value) when field in [:side_effects, :requires_directive, :capture_io],
    do: is_boolean(value)

  defp valid?(:timeout, ms), do: is_integer(ms) and ms in 1..@max_timeout_ms
  defp valid?(:validate, value), do: value in [true, false, :patterns]
  defp valid?(:max_output_bytes, bytes), do: bytes == nil or (is_integer(bytes) and bytes > 1)

  defp small?(schema) do
    match?({:ok, _}, OpenSentience.JSON.encode_to_iodata(schema)) and
      schema |> OpenSentience.JSON.encode!() |> byte_size() <= @max_schema_bytes
  end
end
