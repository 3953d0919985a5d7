defmodule OpenSentience.JSONTest do
  use ExUnit.Case, async: true

  alias OpenSentience.JSON
  alias OpenSentience.Fixture.Money
  alias OpenSentience.JSON.{DecodeError, EncodeError, Fragment}

  doctest JSON

  defmodule Plain do
    defstruct [:secret]
  end

  @valid [
    {"null", nil},
    {" \t\r\n true ", true},
    {"false", false},
    {"0", 0},
    {"-0", 0},
    {"-12", -12},
    {"123456789012345678901234567890", 123_456_789_012_345_678_901_234_567_890},
    {"1.5", 1.5},
    {"-0.0", -0.0},
    {"1e2", 100.0},
    {"1E+2", 100.0},
    {"12e-1", 1.2},
    {"1.0e-400", 0.0},
    {"[]", []},
    {"[ ]", []},
    {"[1 , [2]]", [1, [2]]},
    {"{ }", %{}},
    {~s({"a" : {"b":[]} , "":1}), %{"a" => %{"b" => []}, "" => 1}},
    {~S("\"\\\/\b\f\n\r\t\u00e9"), "\"\\/\b\f\n\r\té"},
    {~S("\ud83d\ude00 \uD83D\uDE00"), "😀 😀"},
    {~s("é😀\u007f"), "é😀\u007f"}
  ]

  test "reads what RFC 8259 allows" do
    for {text, value} <- @valid, do: assert(JSON.decode(text) === {:ok, value}, text)
  end

  @invalid [
    {"", :unexpected_end, 0},
    {" ", :unexpected_end, 1},
    {"nul", :unexpected_byte, 0},
    {"True", :unexpected_byte, 0},
    {"01", :trailing_bytes, 1},
    {"+1", :unexpected_byte, 0},
    {"-", :unexpected_end, 1},
    {"-a", :unexpected_byte, 1},
    {".5", :unexpected_byte, 0},
    {"1.", :unexpected_end, 2},
    {"1.e1", :unexpected_byte, 2},
    {"1e", :unexpected_end, 2},
    {"1e+", :unexpected_end, 3},
    {"0x1", :trailing_bytes, 1},
    {"NaN", :unexpected_byte, 0},
    {"Infinity", :unexpected_byte, 0},
    {"1e400", :number_out_of_range, 0},
    {"-1e400", :number_out_of_range, 0},
    {"1 2", :trailing_bytes, 2},
    {"[1,]", :unexpected_byte, 3},
    {"[,1]", :unexpected_byte, 1},
    {"[1 2]", :unexpected_byte, 3},
    {"[1", :unexpected_end, 2},
    {"[", :unexpected_end, 1},
    {"]", :unexpected_byte, 0},
    {"{", :unexpected_end, 1},
    {~s({"a"}), :unexpected_byte, 4},
    {~s({"a":1,}), :unexpected_byte, 7},
    {~s({"a":1 "b":2}), :unexpected_byte, 7},
    {~s({a:1}), :unexpected_byte, 1},
    {~s({1:1}), :unexpected_byte, 1},
    {~s({"a":1,"a":1}), :duplicate_key, 13},
    {~S({"a":1,"\u0061":1}), :duplicate_key, 18},
    {~s("a), :unexpected_end, 2},
    {~s('a'), :unexpected_byte, 0},
    {~S("\x"), :invalid_escape, 2},
    {~S("\u12"), :unexpected_end, 6},
    {~S("\u12g4"), :invalid_escape, 3},
    {~S("\ud83d"), :lone_surrogate, 2},
    {~S("\ude00"), :lone_surrogate, 2},
    {~S("\ud83d\u0041"), :lone_surrogate, 2},
    {~S("\ud83dx"), :lone_surrogate, 2},
    {"\"a\nb\"", :control_character, 2},
    {"\"\t\"", :control_character, 1},
    {<<?", 0, ?">>, :control_character, 1},
    {~S("a\u0000"), :nul, 8},
    {<<?", 0xFF, ?">>, :invalid_utf8, 1},
    {<<?", 0xC0, 0xAF, ?">>, :invalid_utf8, 1},
    {<<?", 0xED, 0xA0, 0x80, ?">>, :invalid_utf8, 1},
    {<<?", 0xF4, 0x90, 0x80, 0x80, ?">>, :invalid_utf8, 1},
    {<<?", 0xE2, 0x82, ?">>, :invalid_utf8, 1},
    {<<0xEF, 0xBB, 0xBF, ?1>>, :unexpected_byte, 0},
    {"1//x", :trailing_bytes, 1}
  ]

  test "refuses everything else, and says where" do
    for {text, reason, position} <- @invalid do
      case JSON.decode(text) do
        {:error, %DecodeError{reason: ^reason} = error} ->
          if reason not in [:invalid_escape, :unexpected_end],
            do: assert(error.position == position, inspect({text, error}))

        other ->
          flunk("#{inspect(text)}: #{inspect(other)}, not #{reason}")
      end
    end
  end

  test "bounds depth and the digits of integers" do
    nested = fn depth -> String.duplicate("[", depth) <> String.duplicate("]", depth) end
    assert {:ok, _} = JSON.decode(nested.(64))
    assert {:error, %{reason: :too_deep, position: 64}} = JSON.decode(nested.(65))
    assert {:error, %{reason: :too_deep}} = JSON.decode(nested.(3), max_depth: 2)
    assert {:error, %{reason: :too_deep}} = JSON.decode(String.duplicate(~s({"a":), 100_000))

    assert {:ok, _} = JSON.decode(String.duplicate("9", 1000))
    assert {:error, %{reason: :number_too_long}} = JSON.decode(String.duplicate("9", 1001))
    assert {:error, %{reason: :number_too_long}} = JSON.decode("100", max_digits: 2)
  end

  test "never raises on cut-off or damaged documents" do
    document = ~S({"a":[1,-2.5e3,"x\u00e9\ud83d\ude00\n",true,null,{"b":{}}],"c":"é"})
    assert {:ok, _} = JSON.decode(document)

    for length <- 0..(byte_size(document) - 1) do
      assert {:error, %DecodeError{}} = JSON.decode(binary_part(document, 0, length))
    end

    for at <- 0..(byte_size(document) - 1), byte <- [0, ?", ?\\, ?{, ?], ?9, 0x80, 0xFF] do
      <<before::binary-size(at), _, rest::binary>> = document
      assert {outcome, _} = JSON.decode(<<before::binary, byte, rest::binary>>)
      assert outcome in [:ok, :error]
    end
  end

  test "writes what it reads back, whatever it is" do
    :rand.seed(:exsss, {1, 2, 3})

    for _ <- 1..500 do
      value = random_value(4)
      assert {:ok, ^value} = value |> JSON.encode!() |> JSON.decode()
    end
  end

  defp random_value(depth) do
    case :rand.uniform(if depth > 0, do: 9, else: 7) do
      1 -> nil
      2 -> :rand.uniform(2) == 1
      3 -> :rand.uniform(1_000_000) - 500_000
      4 -> :rand.normal() * :math.pow(10, :rand.uniform(40) - 20)
      5 -> Integer.pow(:rand.uniform(1000), 30)
      n when n in [6, 7] -> random_text()
      8 -> for _ <- 1..:rand.uniform(5), do: random_value(depth - 1)
      9 -> for _ <- 1..:rand.uniform(5), into: %{}, do: {random_text(), random_value(depth - 1)}
    end
  end

  defp random_text do
    for _ <- 1..:rand.uniform(12), into: "" do
      <<Enum.random([?a, ?", ?\\, ?\n, 1, 0x1F, 0x7F, ?é, ?€, ?😀, 0x10FFFF])::utf8>>
    end
  end

  test "writes shortest floats, exact integers and escaped text" do
    assert JSON.encode!(0.1) == "0.1"
    assert JSON.encode!(1.0e300) == "1.0e300"
    assert JSON.encode!(Integer.pow(2, 100)) == "1267650600228229401496703205376"
    assert JSON.encode!("\"\\\n\r\t\u0001\u001f/é") == ~S("\"\\\n\r\t\u0001\u001f/é")
    assert JSON.encode!(%{status: :ok}) == ~s({"status":"ok"})
  end

  test "writes dates, chosen structs and ready-made fragments" do
    assert JSON.encode!(~U[2026-01-02 03:04:05.678Z]) == ~s("2026-01-02T03:04:05.678Z")
    assert JSON.encode!(~T[03:04:05]) == ~s("03:04:05")
    assert JSON.encode!(~N[2026-01-02 03:04:05]) == ~s("2026-01-02T03:04:05")
    assert JSON.encode!([%Money{cents: 5}]) == ~s([{"cents":5}])
    assert JSON.encode!(%{a: %Fragment{iodata: ["[", "1]"]}}) == ~s({"a":[1]})
  end

  test "writes 60 levels, which leaves room for a message around them" do
    nested = Enum.reduce(1..59, [], fn _, nested -> [nested] end)
    assert {:ok, _} = JSON.encode_to_iodata(nested)
    assert {:error, _} = JSON.encode_to_iodata([nested])
  end

  test "does not take from another codec what the Core would not read" do
    defmodule Careless do
      def encode_to_iodata(text), do: {:ok, text}
    end

    assert JSON.encode_for_wire(Careless, ["[", "1]"]) == {:ok, "[1]"}
    deep = String.duplicate("[", 61) <> String.duplicate("]", 61)

    for text <- [~S(["\u0000"]), deep, ~s({"a":1,"a":2}), "NaN", String.duplicate("9", 309)] do
      assert {:error, %DecodeError{}} = JSON.encode_for_wire(Careless, text)
    end
  end

  test "refuses terms without a JSON form, without quoting them" do
    for term <- [
          {1, 2},
          self(),
          make_ref(),
          fn -> 1 end,
          <<1::3>>,
          <<0xFF>>,
          "hunter2\0",
          Integer.pow(10, 309),
          Enum.reduce(1..61, [], fn _, nested -> [nested] end),
          [1 | 2],
          %{1 => 2},
          %{:a => 1, "a" => 2},
          %Plain{secret: "hunter2"},
          [hunter2: 1]
        ] do
      assert {:error, %EncodeError{} = error} = JSON.encode_to_iodata(term)
      refute Exception.message(error) =~ "hunter2"
      assert_raise EncodeError, fn -> JSON.encode!(%{"in" => [term]}) end
    end
  end
end
