defmodule OpenSentience.JSON.Writer do
  @moduledoc false
  # Terms to JSON, as iodata. Raises EncodeError; its messages never quote the term.

  alias OpenSentience.JSON.{EncodeError, Encoder, Fragment}

  @dates [Date, Time, DateTime, NaiveDateTime]

  # The Core reads 64 levels; a message around an output takes some.
  @max_depth 60
  # What no double holds the Core refuses.
  @max_integer Integer.pow(2, 1023)

  @spec max_depth() :: pos_integer
  def max_depth, do: @max_depth

  @spec write(term) :: iodata
  def write(term), do: value(term, @max_depth)

  defp value(nil, _depth), do: "null"
  defp value(true, _depth), do: "true"
  defp value(false, _depth), do: "false"
  defp value(text, _depth) when is_binary(text), do: string(text)

  defp value(number, _depth) when is_integer(number) and abs(number) <= @max_integer,
    do: Integer.to_string(number)

  defp value(number, _depth) when is_integer(number),
    do: raise(EncodeError, message: "an integer is too large")

  defp value(number, _depth) when is_float(number), do: :erlang.float_to_binary(number, [:short])
  defp value(atom, _depth) when is_atom(atom), do: string(Atom.to_string(atom))
  defp value(%Fragment{iodata: iodata}, _depth), do: iodata
  defp value(%kind{} = date, _depth) when kind in @dates, do: [?", kind.to_iso8601(date), ?"]
  defp value(%_{} = struct, depth), do: struct |> struct_term() |> value(depth)

  defp value(nested, 0) when is_list(nested) or is_map(nested),
    do: raise(EncodeError, message: "lists and maps are nested over #{@max_depth} levels deep")

  defp value([], _depth), do: "[]"
  defp value([first | rest], depth), do: [?[, value(first, depth - 1) | items(rest, depth - 1)]
  defp value(map, depth) when is_map(map), do: object(map, depth - 1)
  defp value(other, _depth), do: refuse(other)

  defp items([], _depth), do: [?]]
  defp items([item | rest], depth), do: [?,, value(item, depth) | items(rest, depth)]

  defp items(_improper_tail, _depth),
    do: raise(EncodeError, message: "an improper list has no JSON form")

  defp object(map, _depth) when map_size(map) == 0, do: "{}"

  defp object(map, depth) do
    [{first, value} | rest] = members = Enum.map(map, fn {key, value} -> {key(key), value} end)
    refuse_duplicates(members, map_size(map))
    [?{, string(first), ?:, value(value, depth) | members(rest, depth)]
  end

  defp members([], _depth), do: [?}]

  defp members([{key, value} | rest], depth),
    do: [?,, string(key), ?:, value(value, depth) | members(rest, depth)]

  defp key(key) when is_binary(key), do: key
  defp key(key) when is_atom(key), do: Atom.to_string(key)
  defp key(_key), do: raise(EncodeError, message: "a key is a string or an atom")

  # :a and "a" are two keys in a map and one in JSON.
  defp refuse_duplicates(members, size) do
    if map_size(Map.new(members)) != size do
      raise EncodeError, message: "two keys of a map are written alike"
    end
  end

  defp struct_term(struct) do
    case Encoder.impl_for(struct) do
      nil -> raise EncodeError, message: "#{inspect(struct.__struct__)} has no JSON encoder"
      implementation -> implementation.to_json(struct)
    end
  end

  defp string(text), do: [?", escape(text, text, 0, 0), ?"]

  # Walks over what needs no escape, then takes that stretch of `original` in one piece.
  defp escape(<<byte, rest::bits>>, original, from, length)
       when byte >= 0x20 and byte < 0x80 and byte != ?" and byte != ?\\,
       do: escape(rest, original, from, length + 1)

  defp escape(<<0, _::bits>>, _, _, _),
    do: raise(EncodeError, message: "text with a NUL character")

  defp escape(<<byte, rest::bits>>, original, from, length) when byte < 0x80 do
    tail = escape(rest, original, from + length + 1, 0)
    [binary_part(original, from, length), escaped(byte) | tail]
  end

  defp escape(<<character::utf8, rest::bits>>, original, from, length),
    do: escape(rest, original, from, length + utf8_bytes(character))

  defp escape(<<>>, original, from, length), do: [binary_part(original, from, length)]
  defp escape(_invalid, _, _, _), do: raise(EncodeError, message: "text that is not UTF-8")

  defp utf8_bytes(character) when character < 0x800, do: 2
  defp utf8_bytes(character) when character < 0x10000, do: 3
  defp utf8_bytes(_character), do: 4

  defp escaped(?"), do: ~S(\")
  defp escaped(?\\), do: ~S(\\)
  defp escaped(?\n), do: ~S(\n)
  defp escaped(?\r), do: ~S(\r)
  defp escaped(?\t), do: ~S(\t)
  defp escaped(byte), do: ["\\u00", hexadecimal(div(byte, 16)), hexadecimal(rem(byte, 16))]

  defp hexadecimal(digit) when digit < 10, do: ?0 + digit
  defp hexadecimal(digit), do: ?a + digit - 10

  @spec refuse(term) :: no_return
  defp refuse(term) do
    raise EncodeError, message: "#{kind(term)} cannot be written as JSON"
  end

  defp kind(term) when is_tuple(term), do: "a tuple"
  defp kind(term) when is_function(term), do: "a function"
  defp kind(term) when is_pid(term), do: "a process id"
  defp kind(term) when is_port(term), do: "a port"
  defp kind(term) when is_reference(term), do: "a reference"
  defp kind(term) when is_bitstring(term), do: "a bitstring"
end
