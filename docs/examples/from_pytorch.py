# The same network in PyTorch: reads weights.safetensors, writes torch.safetensors.
import torch
from safetensors.torch import load_file, save_file
from torch import nn


class Branch(nn.Module):
    def __init__(self, features, hidden, outputs):
        super().__init__()
        self.fc0 = nn.Linear(features, hidden)
        self.out = nn.Linear(hidden, outputs)

    def forward(self, h):
        return self.out(torch.relu(self.fc0(h)))


class Network(nn.Module):
    """encoder::mlp<64>, conditioning::cosine<32>, head::dueling<48>; 4 inputs, 2 actions."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.ModuleDict({"fc0": nn.Linear(4, 64)})
        self.conditioning = nn.ModuleDict({"fc": nn.Linear(32, 64)})
        self.head = nn.ModuleDict({"value": Branch(64, 48, 1), "advantage": Branch(64, 48, 2)})

    def forward(self, x, tau):  # x [B, 4], tau [B, N] -> quantiles [B, N, 2]
        psi = torch.relu(self.encoder["fc0"](x))
        cosines = torch.cos(torch.pi * torch.arange(32) * tau[:, :, None])  # from 0 on
        h = psi[:, None, :] * torch.relu(self.conditioning["fc"](cosines))
        v, a = self.head["value"](h), self.head["advantage"](h)
        return v + a - a.mean(-1, keepdim=True)


net = Network()
net.load_state_dict(load_file("weights.safetensors"))  # from iqnrl: the names are the same

state = torch.tensor([[0.1, -0.2, 0.03, 0.4]])
tau = ((torch.arange(8) + 0.5) / 8)[None]
print("values:", *(f"{v:.3f}" for v in net(state, tau).mean(1)[0]))

with torch.no_grad():
    net.head["value"].out.bias += 1  # train here
print("values:", *(f"{v:.3f}" for v in net(state, tau).mean(1)[0]))
save_file(net.state_dict(), "torch.safetensors")  # to iqnrl
