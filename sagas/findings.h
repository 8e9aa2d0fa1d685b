// What the checks of a definition gather. Part of sagas/validate.h and sagas/link.h. Confined.
#ifndef SKALD_SAGAS_FINDINGS_H_
#define SKALD_SAGAS_FINDINGS_H_

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "sagas/definition.h"

namespace skald {

// Messages about one definition, each once, so many at the most: a definition with a thousand
// mistakes is answered in a few lines.
class Findings final {
 public:
  Findings(const Definition& definition, int most) : label_(Label(definition)), most_(most) {}

  // Under the label of the definition.
  template <typename... Args>
  void Complain(fmt::format_string<Args...> format, Args&&... args) {
    Add(fmt::format("{}: {}", label_, fmt::format(format, std::forward<Args>(args)...)));
  }

  // As it is.
  void Add(std::string finding) {
    if (std::find(kept_.begin(), kept_.end(), finding) != kept_.end()) return;
    if (static_cast<int>(kept_.size()) < most_) {
      kept_.push_back(std::move(finding));
    } else {
      ++more_;
    }
  }

  bool empty() const { return kept_.empty(); }

  std::vector<std::string> Take() {
    if (more_ > 0) kept_.push_back(fmt::format("{}: and {} more", label_, more_));
    more_ = 0;
    return std::move(kept_);
  }

 private:
  std::string label_;
  int most_;
  int more_ = 0;
  std::vector<std::string> kept_;
};

}  // namespace skald

#endif  // SKALD_SAGAS_FINDINGS_H_
