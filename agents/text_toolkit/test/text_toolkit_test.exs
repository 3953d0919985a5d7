defmodule TextToolkitTest do
  # Not async: the folder comes from the environment.
  use ExUnit.Case

  import OpenSentience.Testing

  alias TextToolkit.{CsvToMarkdown, DiffFiles, ReplaceInFiles, SearchFiles, TextStats}

  doctest TextToolkit.CSV

  setup do
    base =
      Path.join(
        System.tmp_dir!(),
        "toolkit-#{System.unique_integer([:positive])}-#{:os.getpid()}"
      )

    root = Path.join(base, "root")
    File.mkdir_p!(root)
    System.put_env("TEXT_TOOLKIT_ROOT", root)

    on_exit(fn ->
      System.delete_env("TEXT_TOOLKIT_ROOT")
      File.rm_rf!(base)
    end)

    {:ok, base: base, root: root}
  end

  defp write(root, path, text) do
    path = Path.join(root, path)
    File.mkdir_p!(Path.dirname(path))
    File.write!(path, text)
    path
  end

  test "the manifest asks for what the tools need, and for nothing else" do
    manifest = assert_manifest_valid("opensentience.agent.json", TextToolkit.Agent)
    tools = OpenSentience.Agent.tools(TextToolkit.Agent)
    needed = tools |> Enum.flat_map(& &1.permissions) |> Enum.uniq() |> Enum.sort()
    assert Enum.sort(manifest.fields["permissions"]) == needed
    assert for(tool <- tools, tool.side_effects, do: tool.name) == ["replace_in_files"]

    for tool <- tools do
      writes? = Enum.any?(tool.permissions, &String.starts_with?(&1, "filesystem:write:"))
      assert writes? == tool.side_effects
    end
  end

  describe "text_stats" do
    test "counts", %{root: root} do
      write(root, "a.txt", "The cat and the dog.\n\nL'été, don't!\n")
      assert {{:ok, stats}, []} = run_tool(TextStats, %{path: "a.txt", top: 2})

      assert stats == %{
               "bytes" => 38,
               "characters" => 36,
               "words" => 7,
               "lines" => 3,
               "blank_lines" => 1,
               "longest_line" => 20,
               "frequent_words" => [
                 %{"word" => "the", "count" => 2},
                 %{"word" => "and", "count" => 1}
               ]
             }
    end

    test "of an empty file are all zero", %{root: root} do
      write(root, "a.txt", "")
      assert {{:ok, stats}, []} = run_tool(TextStats, %{path: "a.txt"})
      assert stats |> Map.delete("frequent_words") |> Map.values() |> Enum.uniq() == [0]
    end

    test "need a text file of bounded size", %{root: root} do
      write(root, "binary", <<0, 1, 2>>)
      write(root, "latin1", <<"caf", 0xE9>>)
      write(root, "large", String.duplicate("x", 4 * 1024 * 1024 + 1))

      for {path, code} <- [
            {"binary", "not_text"},
            {"latin1", "not_text"},
            {"large", "too_large"},
            {".", "not_a_file"},
            {"missing", "not_found"}
          ] do
        assert {{:error, error}, []} = run_tool(TextStats, %{path: path})
        assert error.code == "com.example.test." <> code
      end
    end
  end

  describe "search_files" do
    test "finds lines, in files and folders", %{root: root} do
      write(root, "a.md", "one\nTwo words\ntwo\n")
      write(root, "b/c.txt", "two\r\nthree\r\n")
      write(root, ".hidden/d.md", "two\n")
      write(root, "image.md", <<0, "two">>)

      assert {{:ok, output}, streams} = run_tool(SearchFiles, %{query: "two"})

      assert output == %{
               "matches" => [
                 %{"path" => "a.md", "line" => 3, "text" => "two"},
                 %{"path" => "b/c.txt", "line" => 1, "text" => "two"}
               ],
               "files_searched" => 3,
               "truncated" => false
             }

      assert {"partial_result", %{"path" => "a.md", "lines" => 1}} in streams

      assert {{:ok, %{"matches" => [%{"line" => 2}, %{"line" => 3}]}}, _} =
               run_tool(SearchFiles, %{query: "TWO", ignore_case: true, name: "*.md"})

      assert {{:ok, %{"matches" => [_], "truncated" => true}}, _} =
               run_tool(SearchFiles, %{query: "two", max_results: 1})

      assert {{:ok, %{"matches" => [_]}}, _} =
               run_tool(SearchFiles, %{query: "two", path: "b/c.txt"})

      assert {{:ok, %{"matches" => []}}, _} = run_tool(SearchFiles, %{query: "t.o"})
    end

    test "can be canceled", %{root: root} do
      write(root, "a.md", "x")

      assert {{:canceled, "after 0 files"}, []} =
               run_tool(SearchFiles, %{query: "x"}, cancelled: true)
    end
  end

  describe "csv_to_markdown" do
    test "makes a table", %{root: root} do
      write(
        root,
        "a.csv",
        "\uFEFFname,note\r\nAda,\"a|b, \"\"c\"\"\"\r\nBob,\"two\nlines\",extra\r\n"
      )

      assert {{:ok, output}, []} = run_tool(CsvToMarkdown, %{path: "a.csv"})

      assert output == %{
               "markdown" =>
                 "| name | note |  |\n| --- | --- | --- |\n" <>
                   "| Ada | a\\|b, \"c\" |  |\n| Bob | two<br>lines | extra |\n",
               "rows" => 2,
               "columns" => 3,
               "truncated" => false
             }
    end

    test "knows other delimiters, no header and a limit", %{root: root} do
      write(root, "a.csv", "1;2\n3;4\n5;6")
      input = %{path: "a.csv", delimiter: ";", header: false, max_rows: 2}

      assert {{:ok, %{"truncated" => true, "rows" => 2} = output}, []} =
               run_tool(CsvToMarkdown, input)

      assert output["markdown"] == "|  |  |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |\n"
    end

    test "of nothing is nothing", %{root: root} do
      write(root, "a.csv", "")

      assert {{:ok, %{"markdown" => "", "rows" => 0}}, []} =
               run_tool(CsvToMarkdown, %{path: "a.csv"})
    end

    test "refuses a quote without its end", %{root: root} do
      write(root, "a.csv", "a,b\n\"c,d\n")
      assert {{:error, error}, []} = run_tool(CsvToMarkdown, %{path: "a.csv"})
      assert error.message == "A quote that opens in row 2 is never closed."
    end
  end

  describe "diff_files" do
    test "is what `diff -u` prints", %{root: root} do
      lines = for i <- 1..40, do: "line #{i}\n"
      old = write(root, "old", Enum.join(lines))

      changed =
        lines
        |> List.replace_at(2, "changed\n")
        |> List.delete_at(20)
        |> List.insert_at(30, "new\n")
        |> List.insert_at(0, "first\n")

      for {text, context} <- [{changed, 3}, {changed, 0}, {["only\n"], 3}, {tl(lines), 1}] do
        new = write(root, "new", Enum.join(text))

        assert {{:ok, output}, []} =
                 run_tool(DiffFiles, %{old: "old", new: "new", context: context})

        {expected, 1} =
          System.cmd("diff", ["-U#{context}", "--label", "old", "--label", "new", old, new])

        assert output["diff"] == expected
        refute output["equal"]
      end
    end

    test "of equal files is empty", %{root: root} do
      write(root, "a", "x\n")
      assert {{:ok, output}, []} = run_tool(DiffFiles, %{old: "a", new: "a"})
      assert output == %{"equal" => true, "added" => 0, "removed" => 0, "diff" => ""}
    end

    test "counts", %{root: root} do
      write(root, "a", "x\ny\n")
      write(root, "b", "x\nz\nw\n")

      assert {{:ok, %{"added" => 2, "removed" => 1}}, []} =
               run_tool(DiffFiles, %{old: "a", new: "b"})
    end
  end

  describe "replace_in_files" do
    test "previews without touching anything, then applies", %{root: root} do
      a = write(root, "a.md", "old old\nkeep\nold\n")
      b = write(root, "sub/b.md", "none\n")
      c = write(root, "c.txt", "old\n")
      File.chmod!(a, 0o640)
      input = %{find: "old", replace: "new", path: ".", name: "*.md"}

      assert {{:ok, preview}, []} = run_tool(ReplaceInFiles, input)

      assert %{"applied" => false, "replacements" => 3, "files" => [%{"path" => "a.md"} = file]} =
               preview

      assert file["lines"] == [
               %{"line" => 1, "old" => "old old", "new" => "new new"},
               %{"line" => 3, "old" => "old", "new" => "new"}
             ]

      assert File.read!(a) == "old old\nkeep\nold\n"

      input = Map.merge(input, %{mode: "apply", expect: 3})

      assert {{:ok, %{"applied" => true}}, [{"status", "changed a.md"}]} =
               run_tool(ReplaceInFiles, input)

      assert File.read!(a) == "new new\nkeep\nnew\n"
      assert Bitwise.band(File.stat!(a).mode, 0o777) == 0o640
      assert {File.read!(b), File.read!(c)} == {"none\n", "old\n"}
      assert File.ls!(root) |> Enum.sort() == ["a.md", "c.txt", "sub"]

      assert {{:error, error}, []} = run_tool(ReplaceInFiles, input)
      assert error.code == "com.example.test.changed_meanwhile"
    end

    test "changes nothing when it is canceled", %{root: root} do
      a = write(root, "a", "old")
      input = %{find: "old", replace: "new", path: "a", mode: "apply"}

      assert {{:canceled, "nothing was changed"}, []} =
               run_tool(ReplaceInFiles, input, cancelled: true)

      assert File.read!(a) == "old"
    end

    test "does not write through links", %{base: base, root: root} do
      secret = write(base, "secret", "old")
      File.ln_s!(secret, Path.join(root, "link"))
      input = %{find: "old", replace: "new", path: ".", mode: "apply"}
      assert {{:ok, %{"replacements" => 0}}, []} = run_tool(ReplaceInFiles, input)
      assert {{:error, error}, []} = run_tool(ReplaceInFiles, %{input | path: "link"})
      assert error.code == "com.example.test.outside_folder"
      assert File.read!(secret) == "old"
    end
  end

  describe "the folder" do
    test "is not left, by whatever path", %{base: base, root: root} do
      write(base, "secret", "s")
      write(base, "root-beside/secret", "s")
      write(root, "in/file", "ok")
      File.ln_s!("../secret", Path.join(root, "relative"))
      File.ln_s!(Path.join(base, "secret"), Path.join(root, "absolute"))
      File.ln_s!("..", Path.join(root, "up"))
      File.ln_s!("/", Path.join(root, "disk"))
      File.ln_s!("relative", Path.join(root, "twice"))

      for path <- [
            "../secret",
            "in/../../secret",
            "in/../file",
            "/etc/passwd",
            "/nonexistent/file",
            Path.join(base, "secret"),
            Path.join(base, "missing"),
            Path.join(base, "root-beside/secret"),
            "relative",
            "absolute",
            "twice",
            "up/secret",
            "up/missing",
            "disk/etc/passwd",
            "up",
            "disk"
          ] do
        assert {{:error, error}, []} = run_tool(TextStats, %{path: path})
        assert {path, error.code} == {path, "com.example.test.outside_folder"}
        refute error.message =~ base
      end
    end

    test "may be moved in freely, links that stay inside included", %{root: root} do
      write(root, "in/file", "ok")
      File.ln_s!("in/file", Path.join(root, "link"))
      File.ln_s!("../in", Path.join(root, "in/self"))
      File.ln_s!(root, Path.join(root, "home"))

      for path <- [
            "in/file",
            "./in//file",
            "link",
            "in/self/file",
            "home/in/file",
            Path.join(root, "in/file")
          ] do
        assert {{:ok, %{"words" => 1}}, []} = run_tool(TextStats, %{path: path})
      end
    end

    test "may itself be reached by a link", %{base: base, root: root} do
      write(root, "file", "ok")
      File.ln_s!(root, Path.join(base, "alias"))
      System.put_env("TEXT_TOOLKIT_ROOT", Path.join(base, "alias"))
      assert {{:ok, _}, []} = run_tool(TextStats, %{path: "file"})
    end

    test "is not searched in circles, and odd files are not opened", %{root: root} do
      File.ln_s!("loop", Path.join(root, "loop"))
      assert {{:error, error}, []} = run_tool(TextStats, %{path: "loop"})
      assert error.code == "com.example.test.file_error"
      {_, 0} = System.cmd("mkfifo", [Path.join(root, "pipe")])
      assert {{:error, error}, []} = run_tool(TextStats, %{path: "pipe"})
      assert error.code == "com.example.test.not_a_file"
      assert {{:ok, %{"files_searched" => 0}}, []} = run_tool(SearchFiles, %{query: "x"})
      assert {:error, %{code: "bad_path"}} = TextToolkit.Root.resolve("a\0b")
    end

    test "must be there", %{base: base} do
      for root <- ["", "relative", "/", Path.join(base, "missing")] do
        System.put_env("TEXT_TOOLKIT_ROOT", root)
        assert {{:error, error}, []} = run_tool(TextStats, %{path: "a"})
        assert error.code == "com.example.test.no_folder"
        assert {:degraded, %{reason: _}} = TextToolkit.Agent.health(nil)
      end
    end
  end

  test "the agent serves its tools over a socket", %{root: root} do
    write(root, "a.txt", "one two")
    core = start_fake_core()
    start_agent(core, TextToolkit.Agent)

    tools =
      assert_registered(
        core,
        ~w(text_stats search_files csv_to_markdown diff_files replace_in_files)
      )

    for tool <- tools, do: assert("env:read:TEXT_TOOLKIT_ROOT" in tool["required_permissions"])
    call = call_tool(core, "text_stats", %{"path" => "a.txt"})
    assert %{"status" => "succeeded", "output" => %{"words" => 2}} = await_result(core, call)
    call = call_tool(core, "text_stats", %{"path" => "../a.txt"})
    assert %{"status" => "failed", "error" => error} = await_result(core, call)

    assert %{"code" => "com.opensentience.text_toolkit.outside_folder", "retryable" => false} =
             error
  end
end
