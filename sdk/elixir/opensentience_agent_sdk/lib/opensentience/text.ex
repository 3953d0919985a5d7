defmodule OpenSentience.Text do
  @moduledoc false
  # Text from anywhere, made fit for JSON and for limits in bytes.

  @doc "The text with NUL characters, and whatever is not UTF-8, replaced by U+FFFD."
  @spec scrub(binary) :: String.t()
  def scrub(text) do
    if fit?(text), do: text, else: text |> replace([]) |> IO.iodata_to_binary()
  end

  @doc "Whether text may be sent as it is."
  @spec fit?(binary) :: boolean
  def fit?(text), do: String.valid?(text) and :binary.match(text, "\0") == :nomatch

  defp replace(<<0, rest::bits>>, parts), do: replace(rest, [parts | "\uFFFD"])

  defp replace(<<character::utf8, rest::bits>>, parts),
    do: replace(rest, [parts | <<character::utf8>>])

  defp replace(<<_byte, rest::bits>>, parts), do: replace(rest, [parts | "\uFFFD"])
  defp replace(<<>>, parts), do: parts

  @doc "The longest prefix of valid text within `bytes` that ends between two characters."
  @spec prefix(String.t(), non_neg_integer) :: String.t()
  def prefix(text, bytes) when byte_size(text) <= bytes, do: text

  def prefix(text, bytes) do
    case binary_part(text, bytes, 1) do
      <<0b10::2, _::6>> when bytes > 0 -> prefix(text, bytes - 1)
      _start_of_a_character -> binary_part(text, 0, bytes)
    end
  end

  @doc "Valid text in pieces of at most `bytes` (4 or more), cut between characters."
  @spec chunks(String.t(), pos_integer) :: [String.t()]
  def chunks(text, bytes) when byte_size(text) <= bytes, do: [text]

  def chunks(text, bytes) do
    chunk = prefix(text, bytes)
    rest = binary_part(text, byte_size(chunk), byte_size(text) - byte_size(chunk))
    [chunk | chunks(rest, bytes)]
  end
end
