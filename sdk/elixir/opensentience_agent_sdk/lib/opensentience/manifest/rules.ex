defmodule OpenSentience.Manifest.Rules do
  @moduledoc false
  # The rules of a runnable manifest, as a table: field, whether it must be there, what it must be.

  @domains ~w(filesystem network process env tool event database graph fleetprompt company mission
              delegatic secrets audit)
  @entrypoints ~w(mix_task release command)

  @fields [
    {"id", :required, :id},
    {"name", :required, {:text, 200}},
    {"version", :required, :version},
    {"description", :required, {:text, 2000}},
    {"source", :required, :source},
    {"entrypoint", :required, :entrypoint},
    {"permissions", :required, :permissions},
    {"capabilities", :required, :texts},
    {"manifest_version", :optional, :manifest_version},
    {"keywords", :optional, :texts},
    {"integration_points", :optional, :texts},
    {"tool_summary", :optional, :list},
    {"docs_url", :optional, {:text, 4096}},
    {"homepage_url", :optional, {:text, 4096}},
    {"repository_url", :optional, {:text, 4096}},
    {"resources", :optional, :object},
    {"execution_limits", :optional, :object},
    {"publisher", :optional, :object}
  ]

  @spec problems(map) :: [OpenSentience.Manifest.problem()]
  def problems(fields) do
    Enum.flat_map(@fields, fn {name, need, rule} ->
      case fields do
        %{^name => value} -> check(rule, value, "/" <> name)
        _absent when need == :required -> [problem("/" <> name, :missing_field, "is required")]
        _absent -> []
      end
    end)
  end

  @spec permission?(term) :: boolean
  def permission?(text) do
    is_binary(text) and byte_size(text) <= 300 and String.valid?(text) and
      text =~ ~r/\A[A-Za-z][A-Za-z0-9_-]*:[A-Za-z][A-Za-z0-9_-]*(:[^\x00\t\n\r ]+)?\z/
  end

  defp check(:id, value, path) do
    if is_binary(value) and byte_size(value) <= 128 and
         value =~ ~r/\A[a-z0-9]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]*[a-z0-9])?)+\z/ do
      []
    else
      invalid(path, "must be in reverse-DNS form such as com.example.notes, up to 128 bytes")
    end
  end

  defp check({:text, most}, value, path) do
    if is_binary(value) and value != "" and byte_size(value) <= most do
      []
    else
      invalid(path, "must be text of 1 to #{most} bytes")
    end
  end

  defp check(:version, value, path) do
    if is_binary(value) and byte_size(value) <= 100 and match?({:ok, _}, Version.parse(value)) do
      []
    else
      invalid(path, "must be a semantic version such as 1.0.0")
    end
  end

  defp check(:source, %{"git_url" => url} = source, path) do
    check({:text, 4096}, url, path <> "/git_url") ++
      if(source["ref"] == nil, do: [], else: check({:text, 512}, source["ref"], path <> "/ref"))
  end

  defp check(:source, _value, path), do: invalid(path, "must be an object with a git_url")

  defp check(:entrypoint, %{"type" => type, "value" => value}, path)
       when type in @entrypoints and is_binary(value) and value != "" and byte_size(value) <= 4096 do
    cond do
      String.contains?(value, ["\0", "\r", "\n"]) ->
        invalid(path <> "/value", "must be one line")

      type == "mix_task" and not (value =~ ~r/\A[A-Za-z0-9][A-Za-z0-9._:-]*\z/) ->
        invalid(path <> "/value", "is not the name of a Mix task")

      true ->
        []
    end
  end

  defp check(:entrypoint, _value, path) do
    invalid(path, "must have a type (#{Enum.join(@entrypoints, ", ")}) and a value")
  end

  defp check(:permissions, value, path) when is_list(value) and length(value) <= 500 do
    value
    |> Enum.with_index()
    |> Enum.flat_map(fn {text, index} -> permission(text, "#{path}/#{index}") end)
  end

  defp check(:permissions, _value, path), do: invalid(path, "must be a list of up to 500 strings")

  defp check(:texts, value, path) do
    if is_list(value) and Enum.all?(value, &is_binary/1) do
      []
    else
      invalid(path, "must be a list of strings")
    end
  end

  defp check(:manifest_version, 1, _path), do: []

  defp check(:manifest_version, _other, path),
    do: [problem(path, :unsupported_version, "must be 1")]

  defp check(:list, value, path),
    do: if(is_list(value), do: [], else: invalid(path, "must be a list"))

  defp check(:object, value, path),
    do: if(is_map(value), do: [], else: invalid(path, "must be an object"))

  defp permission(text, path) do
    cond do
      not permission?(text) ->
        invalid(path, "must read domain:action or domain:action:rest, without spaces")

      text |> String.split(":") |> hd() |> Kernel.in(@domains) ->
        []

      true ->
        [problem(path, :unknown_permission, "has a domain the Core does not know")]
    end
  end

  defp invalid(path, message), do: [problem(path, :invalid_field, message)]

  defp problem(path, code, message), do: %{path: path, code: "manifest.#{code}", message: message}
end
