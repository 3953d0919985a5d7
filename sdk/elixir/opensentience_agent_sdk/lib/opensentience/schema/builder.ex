defmodule OpenSentience.Schema.Builder do
  @moduledoc false
  # The keyword form of schemas to JSON Schema. Raises on mistakes: it runs when agents compile.

  @types [:string, :integer, :number, :boolean, :object, :array, :null]
  @keywords %{
    enum: "enum",
    const: "const",
    minimum: "minimum",
    maximum: "maximum",
    exclusive_minimum: "exclusiveMinimum",
    exclusive_maximum: "exclusiveMaximum",
    multiple_of: "multipleOf",
    min_length: "minLength",
    max_length: "maxLength",
    pattern: "pattern",
    min_items: "minItems",
    max_items: "maxItems",
    unique_items: "uniqueItems",
    description: "description",
    title: "title",
    default: "default",
    examples: "examples"
  }

  @spec build(keyword | OpenSentience.Schema.t()) :: OpenSentience.Schema.t()
  def build(schema) when is_map(schema) or is_boolean(schema), do: schema

  def build(keywords) when is_list(keywords) do
    {properties, keywords} = Keyword.pop(keywords, :properties)
    {additional, keywords} = Keyword.pop(keywords, :additional_properties)
    keywords = Keyword.delete(keywords, :required)
    own = Map.new(keywords, &keyword/1)

    if properties == nil and additional == nil do
      own
    else
      Map.merge(object(properties || [], additional_properties: additional), own)
    end
  end

  @spec object(keyword, keyword) :: OpenSentience.Schema.t()
  def object(properties, options) do
    for {name, keywords} <- properties,
        is_list(keywords),
        Keyword.has_key?(keywords, :required) do
      unless is_boolean(keywords[:required]) do
        raise ArgumentError, "`required:` of #{inspect(name)} is true or false"
      end
    end

    required = for {name, keywords} <- properties, required?(keywords), do: to_string(name)

    schema = %{
      "type" => "object",
      "properties" =>
        Map.new(properties, fn {name, child} -> {to_string(name), build(child)} end),
      "additionalProperties" => additional(options[:additional_properties])
    }

    if required == [], do: schema, else: Map.put(schema, "required", required)
  end

  defp required?(keywords), do: is_list(keywords) and keywords[:required] == true

  defp additional(nil), do: false
  defp additional(schema), do: build(schema)

  defp keyword({:type, types}) when is_list(types), do: {"type", Enum.map(types, &type/1)}
  defp keyword({:type, type}), do: {"type", type(type)}
  defp keyword({:items, schema}), do: {"items", build(schema)}
  defp keyword({name, value}) when is_map_key(@keywords, name), do: {@keywords[name], json(value)}

  defp keyword({name, _value}),
    do: raise(ArgumentError, "unknown schema keyword #{inspect(name)}")

  defp type(type) when type in @types, do: Atom.to_string(type)
  defp type(type), do: raise(ArgumentError, "unknown schema type #{inspect(type)}")

  # What the other side will see: atoms as strings, keys as strings.
  defp json(value) do
    {:ok, value} = value |> OpenSentience.JSON.encode!() |> OpenSentience.JSON.decode()
    value
  end
end
