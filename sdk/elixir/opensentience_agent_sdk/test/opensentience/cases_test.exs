defmodule OpenSentience.CasesTest do
  # The messages that every implementation of the protocol reads, or refuses, alike. They are in the
  # repository, not in the SDK.
  use ExUnit.Case, async: true

  alias OpenSentience.Protocol

  @folder Path.expand("../../../../../tests/cases/protocol/v1/messages", __DIR__)

  if not File.dir?(@folder) do
    @moduletag skip: "tests/cases/protocol/v1 is not there"
  end

  test "every good message is read" do
    files = Path.wildcard(@folder <> "/good/*.json")
    assert files != []

    for file <- files do
      assert {:ok, message} = Protocol.decode(File.read!(file)), file
      assert String.starts_with?(Path.basename(file), message.type)
    end
  end

  test "every bad one is refused, with the code in its name" do
    files = Path.wildcard(@folder <> "/refused/*.json")
    assert files != []

    for file <- files do
      [code, _name] = file |> Path.basename() |> String.split("-", parts: 2)
      assert {file, {:error, "protocol." <> code}} == {file, Protocol.decode(File.read!(file))}
    end
  end
end
