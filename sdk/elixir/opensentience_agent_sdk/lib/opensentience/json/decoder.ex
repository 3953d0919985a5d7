defmodule OpenSentience.JSON.Decoder do
  @moduledoc false
  # RFC 8259 by recursive descent over the binary. Every function takes the rest of the input and
  # returns {value, rest}; failures are thrown as {reason, rest}, whose length tells the position.

  alias OpenSentience.JSON.DecodeError

  @max_depth 64
  @max_digits 1000

  defguardp is_space(byte) when byte in [?\s, ?\t, ?\n, ?\r]
  defguardp is_digit(byte) when byte in ?0..?9

  @spec decode(binary, keyword) ::
          {:ok, OpenSentience.JSON.value()} | {:error, DecodeError.t()}
  def decode(binary, options) do
    depth = Keyword.get(options, :max_depth, @max_depth)
    digits = Keyword.get(options, :max_digits, @max_digits)
    {value, rest} = value(binary, depth, digits)

    case skip(rest) do
      "" -> {:ok, value}
      rest -> throw({:trailing_bytes, rest})
    end
  catch
    {reason, rest} when is_atom(reason) and is_binary(rest) ->
      {:error, %DecodeError{reason: reason, position: byte_size(binary) - byte_size(rest)}}
  end

  defp skip(<<byte, rest::bits>>) when is_space(byte), do: skip(rest)
  defp skip(rest), do: rest

  defp value(<<byte, rest::bits>>, depth, digits) when is_space(byte),
    do: value(rest, depth, digits)

  defp value(<<?", rest::bits>>, _depth, _digits), do: string(rest)

  defp value(<<?{, rest::bits>>, depth, digits) when depth > 0,
    do: object(rest, depth - 1, digits)

  defp value(<<?[, rest::bits>>, depth, digits) when depth > 0, do: array(rest, depth - 1, digits)

  defp value(<<byte, _::bits>> = input, _depth, _digits) when byte in [?{, ?[],
    do: throw({:too_deep, input})

  defp value(<<"true", rest::bits>>, _depth, _digits), do: {true, rest}
  defp value(<<"false", rest::bits>>, _depth, _digits), do: {false, rest}
  defp value(<<"null", rest::bits>>, _depth, _digits), do: {nil, rest}

  defp value(<<byte, _::bits>> = input, _depth, digits) when is_digit(byte) or byte == ?-,
    do: number(input, digits)

  defp value(input, _depth, _digits), do: unexpected(input)

  ## Arrays and objects

  defp array(input, depth, digits) do
    case skip(input) do
      <<?], rest::bits>> -> {[], rest}
      rest -> items(rest, depth, digits, [])
    end
  end

  defp items(input, depth, digits, items) do
    {item, rest} = value(input, depth, digits)

    case skip(rest) do
      <<?,, rest::bits>> -> items(rest, depth, digits, [item | items])
      <<?], rest::bits>> -> {:lists.reverse(items, [item]), rest}
      rest -> unexpected(rest)
    end
  end

  defp object(input, depth, digits) do
    case skip(input) do
      <<?}, rest::bits>> -> {%{}, rest}
      rest -> members(rest, depth, digits, [], 0)
    end
  end

  defp members(<<?", rest::bits>>, depth, digits, members, count) do
    {key, rest} = string(rest)
    {value, rest} = rest |> skip() |> colon() |> value(depth, digits)
    members = [{key, value} | members]

    case skip(rest) do
      <<?,, rest::bits>> -> rest |> skip() |> members(depth, digits, members, count + 1)
      <<?}, rest::bits>> -> {unique(members, count + 1, rest), rest}
      rest -> unexpected(rest)
    end
  end

  defp members(input, _depth, _digits, _members, _count), do: unexpected(input)

  defp colon(<<?:, rest::bits>>), do: rest
  defp colon(input), do: unexpected(input)

  defp unique(members, count, rest) do
    map = :maps.from_list(members)
    if map_size(map) == count, do: map, else: throw({:duplicate_key, rest})
  end

  ## Strings: stretches without escapes are slices of the input

  defp string(input), do: plain(input, input, 0, [])

  defp plain(<<?", rest::bits>>, from, length, []), do: {binary_part(from, 0, length), rest}

  defp plain(<<?", rest::bits>>, from, length, parts) do
    parts = [binary_part(from, 0, length) | parts]
    {parts |> :lists.reverse() |> IO.iodata_to_binary(), rest}
  end

  defp plain(<<?\\, rest::bits>>, from, length, parts) do
    {character, rest} = escape(rest)
    if character == "\0", do: throw({:nul, rest})
    plain(rest, rest, 0, [character, binary_part(from, 0, length) | parts])
  end

  defp plain(<<byte, _::bits>> = input, _, _, _) when byte < 0x20,
    do: throw({:control_character, input})

  defp plain(<<byte, rest::bits>>, from, length, parts) when byte < 0x80,
    do: plain(rest, from, length + 1, parts)

  defp plain(<<character::utf8, rest::bits>>, from, length, parts),
    do: plain(rest, from, length + utf8_bytes(character), parts)

  defp plain(<<>>, _, _, _), do: throw({:unexpected_end, ""})
  defp plain(input, _, _, _), do: throw({:invalid_utf8, input})

  defp utf8_bytes(character) when character < 0x800, do: 2
  defp utf8_bytes(character) when character < 0x10000, do: 3
  defp utf8_bytes(_character), do: 4

  defp escape(<<byte, rest::bits>>) when byte in [?", ?\\, ?/], do: {<<byte>>, rest}
  defp escape(<<?b, rest::bits>>), do: {"\b", rest}
  defp escape(<<?f, rest::bits>>), do: {"\f", rest}
  defp escape(<<?n, rest::bits>>), do: {"\n", rest}
  defp escape(<<?r, rest::bits>>), do: {"\r", rest}
  defp escape(<<?t, rest::bits>>), do: {"\t", rest}

  defp escape(<<?u, rest::bits>> = input) do
    case code_unit(rest) do
      {high, rest} when high in 0xD800..0xDBFF -> surrogate_pair(high, rest, input)
      {low, _rest} when low in 0xDC00..0xDFFF -> throw({:lone_surrogate, input})
      {character, rest} -> {<<character::utf8>>, rest}
    end
  end

  defp escape(<<>>), do: throw({:unexpected_end, ""})
  defp escape(input), do: throw({:invalid_escape, input})

  defp surrogate_pair(high, <<"\\u", rest::bits>>, input) do
    case code_unit(rest) do
      {low, rest} when low in 0xDC00..0xDFFF ->
        {<<0x10000 + (high - 0xD800) * 0x400 + (low - 0xDC00)::utf8>>, rest}

      _not_low ->
        throw({:lone_surrogate, input})
    end
  end

  defp surrogate_pair(_high, _rest, input), do: throw({:lone_surrogate, input})

  defp code_unit(<<a, b, c, d, rest::bits>> = input) do
    {hexadecimal(a, input) * 0x1000 + hexadecimal(b, input) * 0x100 + hexadecimal(c, input) * 0x10 +
       hexadecimal(d, input), rest}
  end

  defp code_unit(_short), do: throw({:unexpected_end, ""})

  defp hexadecimal(byte, _input) when is_digit(byte), do: byte - ?0
  defp hexadecimal(byte, _input) when byte in ?a..?f, do: byte - ?a + 10
  defp hexadecimal(byte, _input) when byte in ?A..?F, do: byte - ?A + 10
  defp hexadecimal(_byte, input), do: throw({:invalid_escape, input})

  ## Numbers

  defp number(input, max_digits) do
    {sign, rest} = sign(input)
    {whole, rest} = whole(rest)
    {fraction, rest} = fraction(rest)
    {exponent, rest} = exponent(rest)

    cond do
      fraction != "" or exponent != "" ->
        {float(sign, whole, fraction, exponent, input), rest}

      byte_size(whole) > max_digits ->
        throw({:number_too_long, input})

      true ->
        {String.to_integer(sign <> whole), rest}
    end
  end

  defp sign(<<?-, rest::bits>>), do: {"-", rest}
  defp sign(input), do: {"", input}

  defp whole(<<?0, rest::bits>>), do: {"0", rest}
  defp whole(input), do: digits(input)

  defp fraction(<<?., rest::bits>>), do: digits(rest)
  defp fraction(input), do: {"", input}

  defp exponent(<<byte, sign, rest::bits>>) when byte in [?e, ?E] and sign in [?+, ?-] do
    {digits, rest} = digits(rest)
    {<<sign, digits::binary>>, rest}
  end

  defp exponent(<<byte, rest::bits>>) when byte in [?e, ?E], do: digits(rest)
  defp exponent(input), do: {"", input}

  defp digits(input) do
    case count_digits(input, 0) do
      0 ->
        unexpected(input)

      length ->
        {binary_part(input, 0, length), binary_part(input, length, byte_size(input) - length)}
    end
  end

  defp count_digits(<<byte, rest::bits>>, count) when is_digit(byte),
    do: count_digits(rest, count + 1)

  defp count_digits(_rest, count), do: count

  # Erlang reads floats only with a fraction; it refuses what overflows.
  defp float(sign, whole, fraction, exponent, input) do
    fraction = if fraction == "", do: "0", else: fraction
    exponent = if exponent == "", do: "0", else: exponent
    :erlang.binary_to_float("#{sign}#{whole}.#{fraction}e#{exponent}")
  rescue
    ArgumentError -> throw({:number_out_of_range, input})
  end

  @spec unexpected(binary) :: no_return
  defp unexpected(""), do: throw({:unexpected_end, ""})
  defp unexpected(input), do: throw({:unexpected_byte, input})
end
