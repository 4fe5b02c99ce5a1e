// Updates and actions of bench_update's cases in libtorch, PyTorch without Python, for bench_update to time beside its
// own. It does what bench/peers/update.py does, in the same order and with the same numbers drawn, and speaks as it
// does; bench/peers/same_loss.py compares their losses. Modes: libtorch, and libtorch_channels_last with images place
// by place.
//
//     cmake --preset bench -DIQNRL_TORCH=$(/tmp/venv/bin/python -c "import torch; print(torch.__path__[0])")
//     cmake --build build/bench --target bench_update_libtorch
//     bench_update --peer build/bench/bench/bench_update_libtorch
#include <malloc.h>
#include <torch/torch.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <iostream>
#include <limits>
#include <map>
#include <memory>
#include <numbers>
#include <sstream>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

namespace {

namespace nn = torch::nn;
using torch::Tensor;
using torch::indexing::Slice;
using tensors = std::vector<Tensor>;

constexpr auto last = torch::MemoryFormat::ChannelsLast;

/// A linear layer with factorised noise, drawn by `redraw`.
struct noisy : nn::Module {
  noisy(std::int64_t inputs, std::int64_t outputs) {
    const nn::Linear plain(inputs, outputs);
    const double scale = 0.5 / std::sqrt(static_cast<double>(inputs));
    weight = register_parameter("weight", plain->weight.detach().clone());
    bias = register_parameter("bias", plain->bias.detach().clone());
    weight_scale = register_parameter("weight_scale", torch::full({outputs, inputs}, scale));
    bias_scale = register_parameter("bias_scale", torch::full({outputs}, scale));
    into = register_buffer("into", torch::zeros({inputs}));
    out = register_buffer("out", torch::zeros({outputs}));
  }
  void redraw() {
    for (Tensor& noise : {std::ref(into), std::ref(out)}) {
      const Tensor drawn = torch::randn_like(noise);
      noise.copy_(drawn.sign() * drawn.abs().sqrt());
    }
  }
  Tensor forward(const Tensor& x) {
    return torch::linear(x, weight + weight_scale * torch::outer(out, into), bias + bias_scale * out);
  }
  Tensor weight, bias, weight_scale, bias_scale, into, out;
};

/// A convolution of 3 x 3 whose weights are divided by their spectral norm, estimated anew in every call.
struct normed : nn::Module {
  explicit normed(std::int64_t width) {
    const nn::Conv2d plain(nn::Conv2dOptions(width, width, 3));
    weight = register_parameter("weight", plain->weight.detach().clone());
    bias = register_parameter("bias", plain->bias.detach().clone());
    const auto unit = [](std::int64_t size) {
      const Tensor drawn = torch::randn({size});
      return drawn / drawn.norm();
    };
    u = register_buffer("u", unit(width));
    v = register_buffer("v", unit(width * 9));
    for (int i = 0; i < 16; ++i) estimate();  // as many as PyTorch does
  }
  void estimate() {
    const torch::NoGradGuard guard;
    const Tensor matrix = weight.flatten(1);
    const Tensor left = torch::mv(matrix, v);
    torch::div_out(u, left, left.norm().clamp_min(1e-12));
    const Tensor right = torch::mv(matrix.t(), u);
    torch::div_out(v, right, right.norm().clamp_min(1e-12));
  }
  Tensor forward(const Tensor& x) {
    estimate();
    const Tensor norm = torch::vdot(u.clone(), torch::mv(weight.flatten(1), v.clone()));
    return torch::conv2d(x, weight / norm, bias, 1, 1);
  }
  Tensor weight, bias, u, v;
};

struct impala : nn::Module {
  impala() {
    std::int64_t channels = 4;
    for (const std::int64_t width : {32, 64, 64}) {
      const std::string name = std::to_string(first.size());
      first.push_back(register_module("first" + name, nn::Conv2d(nn::Conv2dOptions(channels, width, 3).padding(1))));
      for (const char* part : {"a", "b", "c", "d"})
        residual.push_back(register_module(part + name, std::make_shared<normed>(width)));
      channels = width;
    }
  }
  Tensor forward(Tensor x) {
    for (std::size_t i = 0; i < first.size(); ++i) {
      x = torch::max_pool2d(first[i](x), 3, 2, 1);
      for (std::size_t j = 4 * i; j < 4 * i + 4; j += 2)
        x = x + residual[j + 1]->forward(torch::relu(residual[j]->forward(torch::relu(x))));
    }
    return std::get<0>(torch::adaptive_max_pool2d(torch::relu(x), {6, 6})).flatten(1);
  }
  std::vector<nn::Conv2d> first;
  std::vector<std::shared_ptr<normed>> residual;
};

enum class kind { plain, racing, rainbow };

/// What a case is, but for its network.
struct numbers {
  kind what = kind::plain;
  std::int64_t batch = 64, fractions = 64, act = 32, actions = 2;
  double discount = 0.99, clip = std::numeric_limits<double>::infinity(), rate = 5e-5, epsilon = 0.01 / 32;
};

numbers numbers_of(const std::string& name) {
  const double infinity = std::numeric_limits<double>::infinity();
  const std::map<std::string, numbers> all{
      {"cartpole64", {}},
      {"cartpole120", {}},
      {"cartpole_small", {kind::plain, 32, 8, 32, 2, 0.99, infinity, 5e-5, 0.01 / 32}},
      {"minatar", {kind::plain, 32, 8, 32, 6, 0.99, infinity, 5e-5, 0.01 / 32}},
      {"trackmania512", {kind::racing, 512, 8, 32, 12, 0.997, 30, 1e-3, 1e-4}},
      {"trackmania4096", {kind::racing, 4096, 8, 32, 12, 0.997, 30, 1e-3, 1e-4}},
      {"btr32", {kind::rainbow, 32, 8, 8, 6, std::pow(0.997, 3), 10, 1e-4, 0.005 / 32}},
      {"btr256", {kind::rainbow, 256, 8, 8, 6, std::pow(0.997, 3), 10, 1e-4, 0.005 / 256}}};
  const auto found = all.find(name);
  if (found == all.end()) throw std::invalid_argument("there is no case '" + name + "'; give one of bench_update's");
  return found->second;
}

/// Features of the parts of an observation times an embedding of fractions.
class network : public nn::Module {
 public:
  explicit network(const std::string& name) {
    const auto relu = [](nn::Sequential& s) { s->push_back(nn::ReLU()); };
    const auto leaky = [](nn::Sequential& s) { s->push_back(nn::LeakyReLU()); };
    const auto part = [&](const auto& fill) {
      nn::Sequential layers;
      fill(layers);
      features_.push_back(register_module("features" + std::to_string(features_.size()), layers));
    };
    const auto linear = [](nn::Sequential& s, std::int64_t in, std::int64_t out) { s->push_back(nn::Linear(in, out)); };
    const auto head = [&](const char* of, std::int64_t width, std::int64_t hidden, std::int64_t out, const auto& layer,
                          const auto& activation) {
      nn::Sequential layers;
      layer(layers, width, hidden);
      activation(layers);
      layer(layers, hidden, out);
      return register_module(of, layers);
    };
    std::int64_t width = 0;
    double lowest = 0;
    if (name == "minatar") {
      width = 1024;
      part([&](nn::Sequential& s) {
        s->push_back(nn::Conv2d(nn::Conv2dOptions(4, 16, 3)));
        relu(s);
        s->push_back(nn::Flatten());
      });
      advantage_ = head("advantage", width, 128, 6, linear, relu);
    } else if (name.starts_with("trackmania")) {
      width = 768;
      lowest = 1;
      leaky_ = true;
      part([&](nn::Sequential& s) {
        for (const auto& [in, out, side, stride] :
             {std::tuple{1, 16, 4, 2}, {16, 32, 4, 2}, {32, 64, 3, 2}, {64, 32, 3, 1}}) {
          s->push_back(nn::Conv2d(nn::Conv2dOptions(in, out, side).stride(stride)));
          leaky(s);
        }
        s->push_back(nn::Flatten());
      });
      part([&](nn::Sequential& s) {
        for (const std::int64_t in : {264, 256}) {
          linear(s, in, 256);
          leaky(s);
        }
      });
      value_ = head("value", width, 512, 1, linear, leaky);
      advantage_ = head("advantage", width, 512, 12, linear, leaky);
    } else if (name.starts_with("btr")) {
      width = 2304;
      part([](nn::Sequential& s) { s->push_back(std::make_shared<impala>()); });
      const auto drawn = [&](nn::Sequential& s, std::int64_t in, std::int64_t out) {
        noisy_.push_back(std::make_shared<noisy>(in, out));
        s->push_back(noisy_.back());
      };
      value_ = head("value", width, 512, 1, drawn, relu);
      advantage_ = head("advantage", width, 512, 6, drawn, relu);
    } else {
      const std::int64_t one = name == "cartpole120" ? 120 : 64;
      width = name == "cartpole120" ? 84 : 64;
      part([&](nn::Sequential& s) {
        linear(s, 4, one);
        relu(s);
        linear(s, one, width);
        relu(s);
      });
      advantage_ = head("advantage", width, width, 2, linear, relu);
    }
    embedding_ = register_module("embedding", nn::Linear(64, width));
    frequencies_ = std::numbers::pi * torch::arange(lowest, lowest + 64, torch::kFloat32);
  }

  Tensor features(const tensors& seen) {
    tensors found;
    for (std::size_t i = 0; i < seen.size(); ++i) found.push_back(features_[i]->forward(seen[i]));
    return found.size() == 1 ? found[0] : torch::cat(found, 1);
  }
  /// Quantiles [B, N, A] from features and fractions [B, N]; `ranks`: of these only what the choice of an action needs.
  Tensor quantiles(const Tensor& psi, const Tensor& tau, bool ranks = false) {
    Tensor h = embedding_(torch::cos(tau.unsqueeze(2) * frequencies_));  // one name, so that what was is freed
    h = leaky_ ? torch::leaky_relu(h) : torch::relu(h);
    h = (psi.unsqueeze(1) * h).flatten(0, 1);
    Tensor q = advantage_->forward(h);
    if (!value_.is_empty() && !ranks) q = value_->forward(h) + q - q.mean(1, true);
    return q.unflatten(0, tau.sizes());
  }
  void redraw() {
    for (const auto& layer : noisy_) layer->redraw();
  }

 private:
  std::vector<nn::Sequential> features_;
  nn::Sequential value_{nullptr}, advantage_{nullptr};
  nn::Linear embedding_{nullptr};
  std::vector<std::shared_ptr<noisy>> noisy_;
  Tensor frequencies_;
  bool leaky_ = false;
};

/// Adam, or RAdam, over all parameters at once.
class optimizer {
 public:
  optimizer(tensors parameters, const numbers& n) : parameters_(std::move(parameters)), n_(n) {
    for (const Tensor& p : parameters_) {
      mean_.push_back(torch::zeros_like(p));
      square_.push_back(torch::zeros_like(p));
      steps_.push_back(torch::zeros({}));
    }
  }
  void step() {
    const torch::NoGradGuard guard;
    tensors gradients;
    for (const Tensor& p : parameters_) gradients.push_back(p.grad());
    at::_foreach_add_(steps_, 1);
    if (n_.what != kind::racing) {
      at::_fused_adam_(parameters_, gradients, mean_, square_, {}, steps_, n_.rate, 0.9, 0.999, 0, n_.epsilon, false,
                       false);
      return;
    }
    const double t = static_cast<double>(++count_), rest = 1 - std::pow(0.999, t), most = 2 / (1 - 0.999) - 1;
    const double length = most - 2 * t * std::pow(0.999, t) / rest, rate = n_.rate / (1 - std::pow(0.9, t));
    at::_foreach_lerp_(mean_, gradients, 0.1);
    at::_foreach_mul_(square_, 0.999);
    at::_foreach_addcmul_(square_, gradients, gradients, 0.001);
    if (length <= 5) {
      at::_foreach_add_(parameters_, mean_, -rate);
      return;
    }
    const double certain =
        std::sqrt((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length)) * std::sqrt(rest);
    const tensors root = at::_foreach_sqrt(square_);
    at::_foreach_add_(root, n_.epsilon);
    at::_foreach_addcdiv_(parameters_, mean_, root, -rate * certain);
  }

 private:
  tensors parameters_, mean_, square_, steps_;
  numbers n_;
  std::int64_t count_ = 0;
};

/// [B] from predictions and fractions [B, N] and targets [B, M].
Tensor quantile_huber(const Tensor& z, const Tensor& tau, const Tensor& y, double kappa = 1) {
  const Tensor delta = y.unsqueeze(1) - z.unsqueeze(2), size = delta.abs();
  const Tensor huber = torch::where(size <= kappa, 0.5 * delta.pow(2) / kappa, size - 0.5 * kappa);
  return ((tau.unsqueeze(2) - (delta.detach() < 0).to(torch::kFloat32)).abs() * huber).mean(2).sum(1);
}

/// A case that is ready to learn and to act.
class contestant {
 public:
  contestant(const std::string& name, bool channels_last, bool less)
      : n_(numbers_of(name)), channels_last_(channels_last), less_(less) {
    torch::manual_seed(1);
    online_ = std::make_shared<network>(name);
    target_ = std::make_shared<network>(name);
    copy(target_->parameters(), online_->parameters());
    copy(target_->buffers(), online_->buffers());
    seen_ = observations(name);
    after_ = observations(name);
    action_ = torch::randint(n_.actions, {capacity}, torch::kLong);
    reward_ = torch::rand({capacity}) * 2 - 1;
    alive_ = (torch::rand({capacity}) > 0.05).to(torch::kFloat32);
    if (channels_last && seen_[0].dim() != 4) throw std::invalid_argument("there is no image");
    if (channels_last) {
      for (const auto& net : {online_, target_}) {
        for (Tensor& p : net->parameters()) {
          if (p.dim() == 4) p.set_data(p.data().contiguous(last));
        }
      }
    }
    optimizer_ = std::make_unique<optimizer>(online_->parameters(), n_);
    torch::manual_seed(2);  // and the first calls of update.py
    act(8);
    update();
    update();
    act(1);
  }

  Tensor update() {
    const Tensor rows = torch::randint(capacity, {n_.batch}, torch::kLong);
    online_->redraw();
    target_->redraw();
    const Tensor value = loss(rows);
    const tensors parameters = online_->parameters();
    for (const Tensor& p : parameters) p.mutable_grad() = Tensor();
    value.backward();
    if (std::isfinite(n_.clip)) nn::utils::clip_grad_norm_(parameters, n_.clip);
    optimizer_->step();
    return value;
  }
  void act(std::int64_t states) {
    const c10::InferenceMode guard;
    const Tensor psi = online_->features(input(seen_, Slice(0, states)));
    (void)online_->quantiles(psi, draw(states, n_.act), less_).mean(1).max(1);
  }

 private:
  static constexpr std::int64_t capacity = 1024;

  static void copy(const tensors& to, const tensors& from) {
    const torch::NoGradGuard guard;
    for (std::size_t i = 0; i < to.size(); ++i) to[i].copy_(from[i]);
  }
  static tensors observations(const std::string& name) {
    const auto bytes = [](std::initializer_list<std::int64_t> shape) {
      return torch::randint(256, shape, torch::kByte);
    };
    if (name == "minatar") return {bytes({capacity, 4, 10, 10})};
    if (name.starts_with("btr")) return {bytes({capacity, 4, 84, 84})};
    if (name.starts_with("cartpole")) return {torch::randn({capacity, 4})};
    const Tensor image = bytes({capacity, 1, 64, 64});
    return {image, torch::randn({capacity, 264})};
  }

  /// What the network reads of some rows of the replay.
  [[nodiscard]] tensors input(const tensors& parts, const at::indexing::TensorIndex& rows) const {
    tensors seen;
    for (const Tensor& part : parts) seen.push_back(part.index({rows}));
    if (seen[0].dim() != 4) return seen;
    const Tensor pixels = seen[0].to(torch::kFloat32);
    seen[0] = n_.what == kind::racing ? (pixels - 128) / 128 : pixels / 255;
    if (channels_last_) seen[0] = seen[0].contiguous(last);
    return seen;
  }
  [[nodiscard]] Tensor draw(std::int64_t rows, std::int64_t count) const {
    if (n_.what != kind::racing) return torch::rand({rows, count});
    const Tensor half = (torch::arange(count / 2) + torch::rand({rows, count / 2})) / count;
    return torch::cat({half, 1 - half}, 1);
  }

  /// That of an update on these rows of the replay.
  Tensor loss(const Tensor& rows) {
    const Tensor all = torch::arange(n_.batch);
    const tensors seen = input(seen_, rows), after = input(after_, rows);
    const Tensor action = action_.index({rows});
    Tensor psi;
    if (less_ && n_.what == kind::rainbow) psi = online_->features(seen);
    const auto own = [&](const Tensor& tau) {
      return online_->quantiles(psi.defined() ? psi : online_->features(seen), tau);
    };
    Tensor y, drawn;
    {
      const torch::NoGradGuard guard;
      drawn = draw(n_.batch, n_.fractions);
      const Tensor z = target_->quantiles(target_->features(after), drawn);
      const Tensor reward = reward_.index({rows}), fade = n_.discount * alive_.index({rows}).unsqueeze(1);
      if (n_.what == kind::rainbow) {
        const auto soft = [](const Tensor& q) { return torch::log_softmax(q / 0.03, 1) * 0.03; };
        const Tensor log_policy = soft(z.mean(1));
        const Tensor value = ((log_policy / 0.03).exp().unsqueeze(1) * (z - log_policy.unsqueeze(1))).sum(2);
        const Tensor log_own = soft(own(draw(n_.batch, n_.fractions)).mean(1));
        const Tensor bonus = 0.9 * log_own.index({all, action}).clamp(-1, 0);
        y = (reward + bonus).unsqueeze(1) + fade * value;
      } else {
        Tensor q = z;
        if (n_.what == kind::racing) {
          const Tensor tau = draw(n_.batch, n_.fractions);
          q = online_->quantiles(online_->features(after), tau, less_);
        }
        y = reward.unsqueeze(1) + fade * z.index({all, Slice(), q.mean(1).argmax(1)});
      }
    }
    const Tensor tau = draw(n_.batch, n_.fractions);
    const Tensor z = own(tau).index({all, Slice(), action});
    if (n_.what != kind::racing) return quantile_huber(z, tau, y).mean();
    Tensor clamped;
    {
      const torch::NoGradGuard guard;
      const Tensor spread = quantile_huber(y, drawn, y, 0.005).sqrt();
      mean_ = 0.99 * mean_ + 0.01 * spread.mean();
      clamped = torch::clamp_min(spread, mean_ / 4);
      spread_ = 0.99 * spread_ + 0.01 * clamped.mean();
    }
    return (quantile_huber(z, tau, y, 0.005) * spread_ / clamped).sum();
  }

  numbers n_;
  bool channels_last_, less_;
  std::shared_ptr<network> online_, target_;
  tensors seen_, after_;
  Tensor action_, reward_, alive_;
  Tensor mean_ = torch::tensor(0.01F), spread_ = torch::tensor(0.01F);
  std::unique_ptr<optimizer> optimizer_;
};

/// Of a call, over as many as take about so long.
double milliseconds(double seconds, const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  const auto passed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); };
  int calls = 0;
  do {
    work();
    ++calls;
  } while (passed() < seconds);
  return 1e3 * passed() / calls;
}

/// MiB of the largest memory that this process has had.
double peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  }
  return std::nan("");
}

std::string answer(std::map<std::string, std::unique_ptr<contestant>>& contestants, const std::string& line,
                   double empty) {
  if (line == "memory") return std::to_string(peak_memory() - empty);
  std::istringstream words(line);
  std::string mode, work;
  double number = 0;
  if (!(words >> mode >> work >> number) || !contestants.contains(mode))
    throw std::invalid_argument("'" + line + "' is no `MODE WORK NUMBER` of a mode that was said; give one");
  contestant& c = *contestants[mode];
  if (work == "loss") {
    torch::manual_seed(3);
    double value = 0;
    for (double i = 0; i < number; ++i) value = c.update().item<double>();
    return std::to_string(value);
  }
  const std::int64_t states = work == "update" ? 0 : std::stol(work);
  return std::to_string(milliseconds(number, [&] {
    if (states == 0) {
      c.update();
    } else {
      c.act(states);
    }
  }));
}

/// The first line of a message; more may follow, such as where libtorch was.
std::string reason(const std::exception& e) {
  const std::string text = e.what();
  return text.substr(0, text.find('\n'));
}

}  // namespace

int main(int argc, char** argv) {
  std::string name;
  int threads = 1;
  std::vector<std::string> modes{"libtorch", "libtorch_channels_last"};
  bool less = false;
  CLI::App app{"Times updates and actions in libtorch, as bench/peers/update.py does in PyTorch."};
  app.add_option("--case", name, "One of bench_update's")->required();
  app.add_option("--threads", threads, "Number of threads");
  app.add_option("--modes", modes, "Of libtorch and libtorch_channels_last")
      ->delimiter(',')
      ->check(CLI::IsMember(modes));
  app.add_flag("--less", less, "Leaves out what update.py leaves out");
  CLI11_PARSE(app, argc, argv);
  try {
    mallopt(M_MMAP_MAX, 0);  // memory that was had once is kept, which is faster
    mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
    at::set_num_threads(threads);
    at::globalContext().setFlushDenormal(true);
    const double empty = peak_memory();
    std::map<std::string, std::unique_ptr<contestant>> contestants;
    std::string up = "modes";
    for (const std::string& mode : modes) {
      try {
        contestants[mode] = std::make_unique<contestant>(name, mode == "libtorch_channels_last", less);
        up += " " + mode;
      } catch (const std::exception& e) {
        std::cout << "missing " << mode << ' ' << reason(e) << std::endl;
      }
    }
    std::cout << up << std::endl;
    for (std::string line; std::getline(std::cin, line);) std::cout << answer(contestants, line, empty) << std::endl;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
  return 0;
}
