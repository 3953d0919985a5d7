defmodule OpenSentience.ManifestTest do
  use ExUnit.Case, async: true

  alias OpenSentience.{JSON, Manifest}

  doctest Manifest

  @good %{
    "id" => "com.example.notes",
    "name" => "Notes",
    "version" => "1.0.0",
    "description" => "Keeps notes.",
    "source" => %{"git_url" => "https://example.org/notes.git", "ref" => "v1"},
    "entrypoint" => %{"type" => "mix_task", "value" => "opensentience.agent"},
    "permissions" => ["filesystem:read:~/Notes/**", "env:read:NOTES_ROOT", "process:spawn"],
    "capabilities" => ["tools"]
  }

  defp problems(fields) do
    {:ok, manifest} = fields |> JSON.encode!() |> Manifest.parse()
    for problem <- Manifest.problems(manifest), do: {problem.path, problem.code}
  end

  test "a good manifest has no problems" do
    assert problems(@good) == []
    assert problems(Map.put(@good, "x_unknown", 1)) == []
  end

  test "each of the eight required fields is required" do
    for field <- Map.keys(@good) do
      assert problems(Map.delete(@good, field)) == [{"/" <> field, "manifest.missing_field"}]
      assert problems(Map.put(@good, field, 1)) == [{"/" <> field, "manifest.invalid_field"}]
    end
  end

  test "bad values are named" do
    for {change, expected} <- [
          {%{"id" => "notes"}, [{"/id", "manifest.invalid_field"}]},
          {%{"id" => "com.Example"}, [{"/id", "manifest.invalid_field"}]},
          {%{"id" => "com..x"}, [{"/id", "manifest.invalid_field"}]},
          {%{"id" => "com.x\n"}, [{"/id", "manifest.invalid_field"}]},
          {%{"id" => "com." <> String.duplicate("x", 125)}, [{"/id", "manifest.invalid_field"}]},
          {%{"version" => "1.0"}, [{"/version", "manifest.invalid_field"}]},
          {%{"source" => %{}}, [{"/source", "manifest.invalid_field"}]},
          {%{"source" => %{"git_url" => ""}}, [{"/source/git_url", "manifest.invalid_field"}]},
          {%{"entrypoint" => %{"type" => "shell", "value" => "x"}},
           [{"/entrypoint", "manifest.invalid_field"}]},
          {%{"entrypoint" => %{"type" => "mix_task", "value" => "a b"}},
           [{"/entrypoint/value", "manifest.invalid_field"}]},
          {%{"entrypoint" => %{"type" => "command", "value" => "a\nb"}},
           [{"/entrypoint/value", "manifest.invalid_field"}]},
          {%{"permissions" => ["a b", "filesystem:read:x y", "netwrok:egress:x"]},
           [
             {"/permissions/0", "manifest.invalid_field"},
             {"/permissions/1", "manifest.invalid_field"},
             {"/permissions/2", "manifest.unknown_permission"}
           ]},
          {%{"capabilities" => [1]}, [{"/capabilities", "manifest.invalid_field"}]},
          {%{"manifest_version" => 2}, [{"/manifest_version", "manifest.unsupported_version"}]},
          {%{"keywords" => "x"}, [{"/keywords", "manifest.invalid_field"}]},
          {%{"publisher" => []}, [{"/publisher", "manifest.invalid_field"}]},
          {%{"tool_summary" => %{}}, [{"/tool_summary", "manifest.invalid_field"}]}
        ] do
      assert problems(Map.merge(@good, change)) == expected
    end
  end

  test "what is no manifest at all is refused" do
    for {bytes, code} <- [
          {"", "manifest.invalid_json"},
          {"[]", "manifest.invalid"},
          {~s({"permissions":[],"permissions":["process:spawn"]}), "manifest.invalid_json"},
          {String.duplicate(~s({"a":), 33) <> "1" <> String.duplicate("}", 33),
           "manifest.invalid_json"}
        ] do
      assert {:error, %{code: ^code}} = Manifest.parse(bytes)
    end
  end

  test "the file must be a regular one, of a bounded size" do
    folder = Path.join(System.tmp_dir!(), "manifest-#{System.unique_integer([:positive])}")
    File.mkdir_p!(folder)
    on_exit(fn -> File.rm_rf!(folder) end)
    path = Path.join(folder, Manifest.file_name())

    assert {:error, %{code: "manifest.unreadable"}} = Manifest.read(path)
    File.mkdir!(path)
    assert {:error, %{code: "manifest.not_a_file"}} = Manifest.read(path)
    File.rmdir!(path)
    File.ln_s!("/etc/hostname", path)
    assert {:error, %{code: "manifest.not_a_file"}} = Manifest.read(path)
    File.rm!(path)
    File.write!(path, String.duplicate(" ", 256_001))
    assert {:error, %{code: "manifest.too_large"}} = Manifest.read(path)
    File.write!(path, JSON.encode!(@good))
    assert {:ok, manifest} = Manifest.read(path)
    assert manifest.hash == Manifest.hash(File.read!(path))
    assert Manifest.permissions(manifest) == @good["permissions"]
  end
end
