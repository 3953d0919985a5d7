defmodule TextToolkit.CSV do
  @moduledoc "Reads CSV as RFC 4180 has it: quoted fields may hold delimiters, line ends and quotes."

  alias OpenSentience.Error

  @doc """
  The rows of a CSV text, each a list of fields.

      iex> TextToolkit.CSV.parse(~s(a,"b, ""c""\\n"\\r\\n1,2), ",")
      {:ok, [["a", "b, \\"c\\"\\n"], ["1", "2"]]}
  """
  @spec parse(String.t(), String.t()) :: {:ok, [[String.t()]]} | {:error, Error.t()}
  def parse("", _delimiter), do: {:ok, []}
  def parse(text, <<delimiter::utf8>>), do: field(text, delimiter, [], [])

  # At the beginning of a field.
  defp field(<<?", rest::bits>>, delimiter, fields, rows),
    do: quoted(rest, delimiter, [], fields, rows)

  defp field(text, delimiter, fields, rows), do: plain(text, delimiter, [], fields, rows)

  defp plain(<<delimiter::utf8, rest::bits>>, delimiter, field, fields, rows),
    do: field(rest, delimiter, [text(field) | fields], rows)

  defp plain(<<"\r\n", rest::bits>>, delimiter, field, fields, rows),
    do: row(rest, delimiter, [text(field) | fields], rows)

  defp plain(<<"\n", rest::bits>>, delimiter, field, fields, rows),
    do: row(rest, delimiter, [text(field) | fields], rows)

  defp plain("", _delimiter, field, fields, rows),
    do: {:ok, Enum.reverse([Enum.reverse([text(field) | fields]) | rows])}

  defp plain(<<character::utf8, rest::bits>>, delimiter, field, fields, rows),
    do: plain(rest, delimiter, [field | <<character::utf8>>], fields, rows)

  defp quoted(<<?", ?", rest::bits>>, delimiter, field, fields, rows),
    do: quoted(rest, delimiter, [field | "\""], fields, rows)

  # What follows a closing quote belongs to the field, as spreadsheets read it.
  defp quoted(<<?", rest::bits>>, delimiter, field, fields, rows),
    do: plain(rest, delimiter, field, fields, rows)

  defp quoted("", _delimiter, _field, _fields, rows) do
    {:error,
     Error.new("bad_csv", "A quote that opens in row #{length(rows) + 1} is never closed.")}
  end

  defp quoted(<<character::utf8, rest::bits>>, delimiter, field, fields, rows),
    do: quoted(rest, delimiter, [field | <<character::utf8>>], fields, rows)

  # The line end after the last row begins no other row.
  defp row("", _delimiter, fields, rows), do: {:ok, Enum.reverse([Enum.reverse(fields) | rows])}

  defp row(rest, delimiter, fields, rows),
    do: field(rest, delimiter, [], [Enum.reverse(fields) | rows])

  defp text(field), do: IO.iodata_to_binary(field)
end
