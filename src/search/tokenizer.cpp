#include "search/tokenizer.hpp"

#include <algorithm>

#include "search/limits.hpp"
#include "search/unicode.hpp"

namespace sovereign::search {
namespace {

bool is_joiner(char32_t c) { return c == '-' || c == '_' || c == '.'; }
bool is_apostrophe(char32_t c) { return c == '\'' || c == 0x2019; }
bool is_word(CharacterClass kind) {
  return kind == CharacterClass::letter || kind == CharacterClass::upper ||
         kind == CharacterClass::digit;
}

// One pass over the text. A run is a chain of words held together by joiners; it is put out when it
// ends, since the overlays come before their words.
class Cutter {
 public:
  Cutter(std::string_view text, TextKind kind, Tokens& out)
      : text_(text), kind_(kind), out_(out), folded_(out.folded) {}

  void run() {
    while (at_ < text_.size()) step();
    end_run();
    end_ideographs();
  }

 private:
  struct Word {
    std::uint32_t begin, end, source_begin, source_end;
    std::uint32_t first_part;  ///< Into parts_.
  };

  void step() {
    const std::size_t start = at_;
    const char32_t c = next_code_point(text_, at_);
    const auto before = static_cast<std::uint32_t>(folded_.size());
    const auto kind = c == broken_utf8 ? CharacterClass::separator : append_folded(folded_, c);
    if (kind == CharacterClass::ignored) return;
    if (is_word(kind)) {
      end_ideographs();
      if (signs_ > 0) {
        folded_.resize(before);
        end_word(start);
        append_folded(folded_, c);
      }
      word_character(kind, before, start);
    } else if (kind == CharacterClass::ideograph) {
      folded_.resize(before);
      end_run();
      const auto begin = static_cast<std::uint32_t>(folded_.size());
      append_folded(folded_, c);
      ideographs_.push_back({begin, static_cast<std::uint32_t>(start)});
    } else {
      end_ideographs();
      separator(c, start);
    }
  }

  void word_character(CharacterClass kind, std::uint32_t before, std::size_t start) {
    if (!in_word_) {
      in_word_ = true;
      words_.push_back({before, 0, static_cast<std::uint32_t>(start), 0,
                        static_cast<std::uint32_t>(parts_.size())});
      parts_.push_back(before);
    } else if (kind_ == TextKind::identifier) {
      cut_inside(kind, before);
    }
    before_previous_ = previous_;
    previous_ = kind;
    previous_begin_ = before;
  }

  void cut_inside(CharacterClass kind, std::uint32_t before) {
    const bool digit_border =
        (kind == CharacterClass::digit) != (previous_ == CharacterClass::digit);
    const bool hump = kind == CharacterClass::upper && previous_ == CharacterClass::letter;
    // "MCPServer": the last capital begins the next part.
    const bool acronym_end = kind == CharacterClass::letter && previous_ == CharacterClass::upper &&
                             before_previous_ == CharacterClass::upper;
    if (digit_border || hump) parts_.push_back(before);
    if (acronym_end && parts_.back() < previous_begin_) parts_.push_back(previous_begin_);
  }

  void separator(char32_t c, std::size_t start) {
    if (!in_word_) return end_run();
    if (is_apostrophe(c) && at_ < text_.size()) {
      apostrophe_ = static_cast<std::uint32_t>(folded_.size());
      return;
    }
    if ((c == '+' || c == '#') && folded_.size() - words_.back().begin == 1 + signs_ &&
        signs_ < 2 && previous_ != CharacterClass::digit) {
      // c++, c#, f#: the signs are part of the word, which is also found without them.
      if (signs_++ == 0) parts_.push_back(static_cast<std::uint32_t>(folded_.size()));
      folded_.push_back(static_cast<char>(c));
      return;
    }
    end_word(start);
    if (!is_joiner(c)) end_run();
  }

  void end_word(std::size_t source_end) {
    in_word_ = false;
    Word& word = words_.back();
    const auto end = static_cast<std::uint32_t>(folded_.size());
    if (apostrophe_ > word.begin && apostrophe_ + 1 == end && folded_.back() == 's') {
      folded_.pop_back();
    }
    word.end = static_cast<std::uint32_t>(folded_.size());
    word.source_end = static_cast<std::uint32_t>(source_end);
    apostrophe_ = 0;
    previous_ = before_previous_ = CharacterClass::separator;
    if (signs_ > 0) {
      signs_ = 0;
      emit(word.begin, word.end, word, true);
      emit(word.begin, word.begin + 1, word, false);
      parts_.resize(word.first_part);
      words_.pop_back();
    }
  }

  void end_run() {
    if (in_word_) end_word(at_ < text_.size() ? source_before() : text_.size());
    if (words_.size() > 1) {
      Word whole = words_.front();
      whole.source_end = words_.back().source_end;
      emit(whole.begin, words_.back().end, whole, true);
    }
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const auto last = i + 1 < words_.size() ? words_[i + 1].first_part : parts_.size();
      emit_word(words_[i], last);
    }
    words_.clear();
    parts_.clear();
  }

  // Where the character just read began.
  std::size_t source_before() const {
    std::size_t back = at_ - 1;
    while (back > 0 && (static_cast<unsigned char>(text_[back]) & 0xC0) == 0x80) --back;
    return back;
  }

  void emit_word(const Word& word, std::size_t last_part) {
    if (last_part - word.first_part < 2) return emit(word.begin, word.end, word, false);
    emit(word.begin, word.end, word, true);
    for (std::size_t p = word.first_part; p < last_part; ++p) {
      const auto end = p + 1 < last_part ? parts_[p + 1] : word.end;
      emit(parts_[p], end, word, false);
    }
  }

  void emit(std::uint32_t begin, std::uint32_t end, const Word& word, bool overlay) {
    if (end <= begin) return;
    auto length = end - begin;
    if (length > limits::term_bytes) {
      length = limits::term_bytes;
      while ((static_cast<unsigned char>(folded_[begin + length]) & 0xC0) == 0x80) --length;
    }
    out_.list.push_back({begin, length, word.source_begin, word.source_end, overlay});
  }

  void end_ideographs() {
    if (!ideographs_.empty()) emit_ideographs();
  }

  void emit_ideographs() {
    const std::size_t pairs = std::max<std::size_t>(ideographs_.size() - 1, 1);
    for (std::size_t i = 0; i < pairs; ++i) {
      const std::size_t behind = i + 2;
      const bool last = behind >= ideographs_.size();
      std::size_t source_end = last ? ideographs_.back().source : ideographs_[behind].source;
      if (last) next_code_point(text_, source_end);
      const auto end = last ? ideograph_end() : ideographs_[behind].begin;
      emit(ideographs_[i].begin, end,
           {0, 0, ideographs_[i].source, static_cast<std::uint32_t>(source_end), 0}, false);
    }
    ideographs_.clear();
  }

  // The folded text may already hold the first letter of a word behind the ideographs.
  std::uint32_t ideograph_end() const {
    std::size_t end = ideographs_.back().begin;
    next_code_point(folded_, end);
    return static_cast<std::uint32_t>(end);
  }

  struct Ideograph {
    std::uint32_t begin, source;
  };

  std::string_view text_;
  TextKind kind_;
  Tokens& out_;
  std::string& folded_;
  std::size_t at_ = 0;
  bool in_word_ = false;
  CharacterClass previous_ = CharacterClass::separator;
  CharacterClass before_previous_ = CharacterClass::separator;
  std::uint32_t previous_begin_ = 0;
  std::uint32_t apostrophe_ = 0;  ///< Folded offset of the word's last apostrophe, or 0.
  std::uint32_t signs_ = 0;       ///< Plus or number signs at the end of the word.
  std::vector<Word> words_;
  std::vector<std::uint32_t> parts_;
  std::vector<Ideograph> ideographs_;
};

}  // namespace

void tokenize(std::string_view text, TextKind kind, Tokens& out) {
  out.folded.clear();
  out.list.clear();
  Cutter(text, kind, out).run();
}

}  // namespace sovereign::search
