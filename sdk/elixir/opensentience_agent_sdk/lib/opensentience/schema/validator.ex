defmodule OpenSentience.Schema.Validator do
  @moduledoc false
  # One pass over a value. A check returns {value, problems}.

  @assertions ~w(type enum const minimum maximum exclusiveMinimum exclusiveMaximum multipleOf
                 minLength maxLength pattern items minItems maxItems uniqueItems properties
                 required additionalProperties)
  @annotations ~w($schema $id $comment title description default examples deprecated readOnly
                  writeOnly format)
  @known @assertions ++ @annotations
  @most_problems 20

  @spec validate(OpenSentience.Schema.t(), term, keyword) ::
          {:ok, term} | {:error, [OpenSentience.Schema.problem(), ...]}
  def validate(schema, value, options) do
    case check(schema, value, [], options) do
      {value, []} ->
        {:ok, value}

      {_value, problems} ->
        {:error, problems |> Enum.take(@most_problems) |> Enum.map(&describe/1)}
    end
  end

  @spec unknown_keywords(OpenSentience.Schema.t(), String.t()) :: [String.t()]
  def unknown_keywords(schema, path) when is_map(schema) do
    own = for key <- Map.keys(schema), key not in @known, do: "#{path}/#{escape(key)}"

    children =
      for {name, child} <- map_or_empty(schema["properties"]) do
        {child, "#{path}/properties/#{escape(name)}"}
      end ++
        for key <- ["items", "additionalProperties"], is_map(schema[key]) do
          {schema[key], "#{path}/#{key}"}
        end

    Enum.sort(own) ++ Enum.flat_map(children, fn {child, at} -> unknown_keywords(child, at) end)
  end

  def unknown_keywords(_boolean, _path), do: []

  defp map_or_empty(map) when is_map(map), do: map
  defp map_or_empty(_other), do: %{}

  ## Paths are lists of segments, innermost first, until somebody needs to read them.

  defp describe({path, message}) do
    pointer = path |> Enum.reverse() |> Enum.map_join(&"/#{escape(&1)}")
    %{path: pointer, message: message}
  end

  defp escape(index) when is_integer(index), do: Integer.to_string(index)
  defp escape(key), do: key |> String.replace("~", "~0") |> String.replace("/", "~1")

  ## The schema as a whole

  defp check(true, value, _path, _options), do: {value, []}
  defp check(false, value, path, _options), do: {value, [{path, "is not allowed"}]}

  defp check(schema, value, path, options) do
    value = whole(schema["type"], value)

    case type_problem(schema["type"], value) do
      nil ->
        {value, nested} = children(schema, value, path, options)
        own = for message <- messages(schema, value, options), do: {path, message}
        {value, own ++ nested}

      message ->
        {value, [{path, message}]}
    end
  end

  # 3.0 is an integer to JSON Schema, and not to a range or a list index.
  defp whole(type, value) when is_float(value) do
    accepts = List.wrap(type)

    if "integer" in accepts and "number" not in accepts and value == trunc(value) do
      trunc(value)
    else
      value
    end
  end

  defp whole(_type, value), do: value

  defp type_problem(nil, _value), do: nil

  defp type_problem(types, value) do
    types = List.wrap(types)

    unless Enum.any?(types, &type?(&1, value)),
      do: "must be #{Enum.map_join(types, " or ", &a/1)}"
  end

  defp type?("string", value), do: is_binary(value)
  defp type?("integer", value), do: is_integer(value)
  defp type?("number", value), do: is_number(value)
  defp type?("boolean", value), do: is_boolean(value)
  defp type?("object", value), do: is_map(value)
  defp type?("array", value), do: is_list(value)
  defp type?("null", value), do: is_nil(value)
  defp type?(_unknown, _value), do: false

  defp a(type) when type in ["object", "array", "integer"], do: "an #{type}"
  defp a("null"), do: "null"
  defp a(type), do: "a #{type}"

  ## Children

  defp children(schema, value, path, options) when is_map(value) do
    properties = map_or_empty(schema["properties"])
    value = fill_in(properties, value)

    {value, found} =
      Enum.reduce(Enum.sort(value), {value, []}, fn {key, child}, {value, found} ->
        schema = Map.get(properties, key, Map.get(schema, "additionalProperties", true))
        known = is_map_key(properties, key)
        {child, problems} = property(schema, child, [key | path], options, known)
        {Map.put(value, key, child), [problems | found]}
      end)

    {value, found |> Enum.reverse() |> Enum.concat()}
  end

  defp children(%{"items" => schema}, value, path, options) when is_list(value) do
    {value, found} =
      value
      |> Enum.with_index()
      |> Enum.map(fn {item, index} -> check(schema, item, [index | path], options) end)
      |> Enum.unzip()

    {value, Enum.concat(found)}
  end

  defp children(_schema, value, _path, _options), do: {value, []}

  defp property(false, value, path, _options, false = _known),
    do: {value, [{path, "is not a known property"}]}

  defp property(schema, value, path, options, _known), do: check(schema, value, path, options)

  defp fill_in(properties, value) do
    for {name, %{"default" => default}} <- properties, not is_map_key(value, name), into: value do
      {name, default}
    end
  end

  ## Assertions about the value itself

  defp messages(schema, value, options) do
    for keyword <- applicable(value),
        is_map_key(schema, keyword),
        message = message(keyword, schema[keyword], value, options),
        is_binary(message),
        do: message
  end

  defp applicable(value) when is_binary(value), do: ~w(enum const minLength maxLength pattern)

  defp applicable(value) when is_number(value),
    do: ~w(enum const minimum maximum exclusiveMinimum exclusiveMaximum multipleOf)

  defp applicable(value) when is_list(value), do: ~w(enum const minItems maxItems uniqueItems)
  defp applicable(value) when is_map(value), do: ~w(enum const required)
  defp applicable(_value), do: ~w(enum const)

  defp message("enum", allowed, value, _),
    do: unless(Enum.any?(allowed, &(&1 == value)), do: "is not one of the allowed values")

  defp message("const", only, value, _), do: if(only != value, do: "is not the allowed value")
  defp message("minimum", n, value, _), do: if(value < n, do: "must be at least #{n}")
  defp message("maximum", n, value, _), do: if(value > n, do: "must be at most #{n}")
  defp message("exclusiveMinimum", n, value, _), do: if(value <= n, do: "must be more than #{n}")
  defp message("exclusiveMaximum", n, value, _), do: if(value >= n, do: "must be less than #{n}")

  defp message("multipleOf", n, value, _),
    do: unless(multiple?(value, n), do: "must be a multiple of #{n}")

  defp message("minLength", n, value, _),
    do: if(characters(value) < n, do: "must have at least #{n} characters")

  defp message("maxLength", n, value, _),
    do: if(characters(value) > n, do: "must have at most #{n} characters")

  defp message("pattern", pattern, value, options) do
    if options[:pattern] == true and not matches?(pattern, value), do: "has the wrong form"
  end

  defp message("minItems", n, value, _),
    do: if(length(value) < n, do: "must have at least #{n} items")

  defp message("maxItems", n, value, _),
    do: if(length(value) > n, do: "must have at most #{n} items")

  defp message("uniqueItems", true, value, _),
    do: if(length(Enum.uniq_by(value, &number_alike/1)) < length(value), do: "has an item twice")

  defp message("uniqueItems", _false, _value, _), do: nil

  defp message("required", names, value, _) do
    case Enum.reject(names, &is_map_key(value, &1)) do
      [] -> nil
      missing -> "lacks #{Enum.join(missing, ", ")}"
    end
  end

  # JSON counts code points, Elixir's String.length/1 what a reader sees as one character.
  defp characters(text), do: count(text, 0)
  defp count(<<_::utf8, rest::bits>>, count), do: count(rest, count + 1)
  defp count(_end, count), do: count

  # In decimal, as people write numbers: 19.99 is a multiple of 0.01, though not in binary.
  defp multiple?(value, n) do
    {value, exponent} = decimal(value)
    {n, exponent_of_n} = decimal(n)
    least = min(exponent, exponent_of_n)
    n != 0 and rem(scaled(value, exponent - least), scaled(n, exponent_of_n - least)) == 0
  end

  defp scaled(number, exponent), do: number * Integer.pow(10, exponent)

  # {coefficient, exponent of ten}
  defp decimal(integer) when is_integer(integer), do: {integer, 0}

  defp decimal(float) do
    {digits, exponent} =
      case float |> :erlang.float_to_binary([:short]) |> String.split("e") do
        [digits] -> {digits, 0}
        [digits, exponent] -> {digits, String.to_integer(exponent)}
      end

    [whole, fraction] = String.split(digits, ".")
    {String.to_integer(whole <> fraction), exponent - byte_size(fraction)}
  end

  defp matches?(pattern, value) do
    case Regex.compile(pattern, "u") do
      {:ok, regex} -> Regex.match?(regex, value)
      {:error, _} -> false
    end
  end

  # 1 and 1.0 are one JSON value.
  defp number_alike(value) when is_float(value) and value == trunc(value), do: trunc(value)
  defp number_alike(value) when is_list(value), do: Enum.map(value, &number_alike/1)

  defp number_alike(value) when is_map(value),
    do: Map.new(value, fn {key, child} -> {key, number_alike(child)} end)

  defp number_alike(value), do: value
end
